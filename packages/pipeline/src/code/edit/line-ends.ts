/** A new content with the line ends, the last line end and the byte order mark of the content before. */
export function likeBefore(content: string, before: string): string {
  const hasMark = before.startsWith('\uFEFF') && !content.startsWith('\uFEFF');
  const end = /\n$/.test(before) && content !== '' && !content.endsWith('\n') ? '\n' : '';
  const text = `${hasMark ? '\uFEFF' : ''}${content}${end}`;
  const isCrlf = before.includes('\r\n') && !/(?<!\r)\n/.test(before);
  return isCrlf ? text.replace(/\r?\n/g, '\r\n') : text;
}
