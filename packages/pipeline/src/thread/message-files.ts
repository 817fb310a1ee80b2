import { toBlock } from '../code/extract.ts';
import { readMarkdown } from '../code/markdown.ts';
import type { SourceFile } from '../code/source-file.ts';

/** A text without its files, and the files. */
interface TakenFiles {
  readonly text: string;
  /** No two have the same name. */
  readonly files: readonly SourceFile[];
}

/**
 * Takes the fenced blocks that name their file out of a person's message. Their name stays in their place. Of several
 * blocks with one name, the last counts. Other blocks stay in the text.
 */
export function takeFiles(message: string): TakenFiles {
  const lines = message.split(/\r\n?|\n/);
  const text: string[] = [];
  const files = new Map<string, SourceFile>();
  let at = 0;
  for (const fenced of readMarkdown(lines.join('\n')).blocks) {
    const { name, content } = toBlock(fenced).file;
    if (name === null) continue;
    const [from, to] = fenced.lines;
    text.push(...lines.slice(at, from), `[${name}]`);
    files.set(name, { name, content });
    at = to;
  }
  text.push(...lines.slice(at));
  return { text: text.join('\n'), files: [...files.values()] };
}
