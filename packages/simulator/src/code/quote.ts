/**
 * A stranger's text as one short line that is safe inside a comment of any language: no line end, no end of a
 * comment, no fence, no escape (`\u000a` ends a comment in Java), no character that turns the reading direction.
 */
export function quote(text: string, length = 200): string {
  return text
    .slice(0, length * 4)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/\p{Bidi_Control}/gu, '')
    .replaceAll('\\', '/')
    .replaceAll('`', "'")
    .replaceAll('*/', '* /')
    .replace(/(--!?)>/g, '$1 >')
    .trim()
    .slice(0, length)
    .replace(/\p{Surrogate}/gu, '');
}
