/** Data sections of a prompt, by name. */
export type Sections = ReadonlyMap<string, string>;

const OPENING_TAG = /^<([a-z]+(?:-[a-z]+)*)-([0-9A-Za-z]+)>\n/gm;

/**
 * Reads the data sections of a user message: `<request-3f9a01bc>` to `</request-3f9a01bc>`. The first section
 * determines the mark of all sections. A tag with another mark is part of a text.
 */
export function readSections(text: string): Sections {
  const sections = new Map<string, string>();
  let mark: string | undefined;
  let from = 0;
  for (const match of text.matchAll(OPENING_TAG)) {
    const [tag, name = '', tagMark = ''] = match;
    if (match.index < from || (mark !== undefined && tagMark !== mark)) continue;
    const start = match.index + tag.length;
    const end = text.indexOf(`\n</${name}-${tagMark}>`, start - 1);
    if (end < 0) continue;
    mark = tagMark;
    from = end;
    if (!sections.has(name)) sections.set(name, text.slice(start, Math.max(start, end)));
  }
  return sections;
}
