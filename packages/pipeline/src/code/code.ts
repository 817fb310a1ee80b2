import { nameFromComment } from './file-name.ts';
import { commentLine } from './language.ts';

/**
 * One code block of an answer. `name` is a relative path that is safe to join to a folder: `/` between its parts, none
 * of them `..`, no control characters. `language` is one lower-case word.
 */
export interface CodeFile {
  readonly name: string | null;
  readonly language: string | null;
  readonly content: string;
  /** False for a block that is not part of `Code.text`, such as the program's output or commands that install it. */
  readonly inText: boolean;
}

/**
 * The code of an answer. `files` are all its blocks in order. `text` is the code that callers receive. `language` is
 * that of all blocks in `text`, or null if they differ or none is known. `buildCode` derives both from `files`.
 */
export interface Code {
  readonly text: string;
  readonly language: string | null;
  readonly files: readonly CodeFile[];
}

/**
 * The code that consists of these files. A blank line separates several of them, and a comment heads each with its
 * file name, or with its language if they differ (JSON gets `//`, and PHP too, though before `<?php`).
 */
export function buildCode(files: readonly CodeFile[]): Code {
  const main = files.filter((file) => file.inText);
  const languages = new Set(main.map((file) => file.language).filter((language) => language !== null));
  const headed = main.map((file) => {
    const label = file.name ?? (languages.size > 1 ? file.language : null);
    if (label === null || main.length === 1 || nameFromComment(file.content, null) === label)
      return file.content;
    return `${commentLine(file.language, label)}\n${file.content}`;
  });
  return {
    text: headed.join('\n\n'),
    language: languages.size === 1 ? [...languages][0]! : null,
    files,
  };
}

/** Whether two codes are equal except for line ends, trailing white space and blank lines around them. */
export const sameCode = (a: string, b: string): boolean => a === b || normalize(a) === normalize(b);

const normalize = (code: string) =>
  code
    .split(/\r\n?|\n/)
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/^\n+|\n+$/g, '');

/**
 * The similarity of two codes, from 0 (no common line) to 1 (the same lines in any order): common lines divided by all
 * lines, counted with repetition. Blank lines and white space within a line do not count.
 */
export function similarity(a: string, b: string): number {
  const left = comparableLines(a);
  const right = comparableLines(b);
  if (left.length === 0 && right.length === 0) return 1;
  const counts = new Map<string, number>();
  for (const line of left) counts.set(line, (counts.get(line) ?? 0) + 1);
  let common = 0;
  for (const line of right) {
    const count = counts.get(line) ?? 0;
    if (count > 0) {
      counts.set(line, count - 1);
      common++;
    }
  }
  return common / (left.length + right.length - common);
}

function comparableLines(code: string): string[] {
  return code
    .split(/[\r\n]+/)
    .map((line) => line.replace(/\s+/g, ''))
    .filter((line) => line !== '');
}
