import MarkdownIt from 'markdown-it';

/** One fenced block. `leads` are the last non-blank lines between the previous block and this one. */
export interface Fenced {
  readonly info: string;
  /** Its first line, and the line after its last one, counted from 0. */
  readonly lines: readonly [from: number, to: number];
  readonly leads: readonly string[];
  readonly content: string;
}

const parser = new MarkdownIt('commonmark');
// Only the blocks are needed. Tags such as <details> and deep indentation hide no fences.
parser.core.ruler.enableOnly(['block']);
parser.block.ruler.disable(['code', 'html_block', 'reference', 'lheading', 'hr', 'blockquote']);

const LEADS = 8;

/** The fenced blocks of a CommonMark text with LF line ends, in order, and the text outside them. */
export function readMarkdown(text: string): { blocks: Fenced[]; rest: string } {
  if (!text.includes('```') && !text.includes('~~~')) return { blocks: [], rest: text };
  const lines = text.split('\n');
  const rest: string[] = [];
  const blocks: Fenced[] = [];
  let line = 0;
  for (const token of parser.parse(text, {})) {
    if (token.type !== 'fence' || token.map === null) continue;
    const [from, to] = token.map;
    const between = lines.slice(line, from);
    for (const text of between) rest.push(text);
    const leads = between.filter((lead) => lead.trim() !== '').slice(-LEADS);
    blocks.push({
      info: token.info.trim(),
      lines: [from, to],
      leads,
      content: token.content.replace(/\n$/, ''),
    });
    line = to;
  }
  for (let at = line; at < lines.length; at++) rest.push(lines[at]!);
  return { blocks, rest: rest.join('\n') };
}
