const names = [
  'conversation',
  'request',
  'specification',
  'draft',
  'candidate-a',
  'candidate-b',
  'implementation',
] as const;

export type SectionName = (typeof names)[number];
export type Sections = ReadonlyMap<SectionName, string>;

const opening = new RegExp(`^<(${names.join('|')})-([0-9A-Za-z]+)>\n`, 'gm');

/**
 * The data sections of a user message, `<request-3f9a01bc>` to `</request-3f9a01bc>`.
 * The first section tells the nonce of them all; a tag with any other nonce is a part of somebody's text.
 */
export function readSections(text: string): Sections {
  const sections = new Map<SectionName, string>();
  let nonce: string | undefined;
  let from = 0;
  for (const match of text.matchAll(opening)) {
    if (match.index < from || (nonce !== undefined && match[2] !== nonce)) continue;
    const start = match.index + match[0].length;
    const end = text.indexOf(`\n</${match[1]}-${match[2]}>`, start - 1);
    if (end < 0) continue;
    nonce = match[2];
    from = end;
    const name = match[1] as SectionName;
    if (!sections.has(name)) sections.set(name, text.slice(start, Math.max(start, end)));
  }
  return sections;
}
