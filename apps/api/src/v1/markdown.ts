import type { CompletedJob, JobFile } from '@codegen/contract';
import { isFileName } from '@codegen/pipeline';

/** The answer of a job: a question as it is, code as Markdown, a text with the code that it must keep. */
export const answerOf = ({ result, files }: Pick<CompletedJob, 'result' | 'files'>): string =>
  result.feedback ?? [result.text, toMarkdown(files)].filter(Boolean).join('\n\n');

/**
 * Files as fenced blocks, each below its name. The name stands in the info string too, where editors look for it. No line
 * of a file can end its block: the fence is longer than any run of backticks in it.
 */
export const toMarkdown = (files: readonly JobFile[]): string => files.map(toBlock).join('\n\n');

function toBlock({ name, language, content }: JobFile): string {
  // An info string after backticks cannot contain one.
  const mark = name?.includes('`') ? '~' : '`';
  const runs = content.match(new RegExp(`${mark}{3,}`, 'g')) ?? [];
  const fence = mark.repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  const info = [language, name && infoOf(name)].filter(Boolean).join(' ');
  const heading = name === null ? '' : `${mark === '~' ? name : `\`${name}\``}\n`;
  return `${heading}${fence}${info}\n${content}\n${fence}`;
}

/** A name that does not look like one needs an attribute. */
const infoOf = (name: string): string => (isFileName(name) && !name.includes('`') ? name : `title="${name}"`);

/** Clients read an event as one line, some of at most 64 KiB. */
const PIECE_CHARS = 8_000;

/** An answer in pieces for events. No piece ends within a surrogate pair. */
export function piecesOf(answer: string): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < answer.length; ) {
    let to = Math.min(from + PIECE_CHARS, answer.length);
    if (to < answer.length && /[\ud800-\udbff]/.test(answer[to - 1]!)) to -= 1;
    pieces.push(answer.slice(from, to));
    from = to;
  }
  return pieces;
}
