import { isFileName, nameFromInfo } from '../file-name.ts';
import { isKnownLanguage, languageOf } from '../language.ts';
import { classifyLine } from '../line-classification.ts';

/** A line of three or more backticks or tildes. */
export interface Fence {
  readonly mark: '`' | '~';
  readonly length: number;
  /** Columns before the mark. */
  readonly indent: number;
  /** The text after the mark. */
  readonly info: string;
  /** `bare`: no text. `info`: a language, a file name or attributes. `text`: other text, which no fence begins with. */
  readonly kind: 'bare' | 'info' | 'text';
}

const FENCE = /^([ \t]*)(`{3,}|~{3,})(.*)$/;
const LIST_ITEM = /^([ \t]*(?:-|\d{1,9}[.)])[ \t]{1,4})(?=```|~~~)/;
const INVISIBLE = /[\u200B-\u200F\u2060\uFEFF]/g;

/** The fence that a line consists of. Null for inline code. */
export function readFence(line: string): Fence | null {
  const match = FENCE.exec(line);
  if (match === null) return null;
  const [, white, marks, rest] = match as unknown as [string, string, string, string];
  const info = rest.replace(INVISIBLE, '').trim();
  const mark = marks[0] as Fence['mark'];
  if (mark === '`' && info.includes('`')) return null;
  const kind = info === '' ? 'bare' : isInfo(info) ? 'info' : 'text';
  return { mark, length: marks.length, indent: width(white), info, kind };
}

/** The fence that begins a block at a line. In a list item it may follow the marker. */
export function readOpening(line: string): Fence | null {
  // Not after `*`: doc comments in plain code contain fences.
  const marker = LIST_ITEM.exec(line)?.[1];
  if (marker === undefined) return readFence(line);
  const fence = readFence(line.slice(marker.length));
  return fence && { ...fence, indent: width(marker) };
}

/** Whether a text is what models write after an opening fence: `py`, `js {1,3}`, `python app.py`, `title="a.py"`. */
function isInfo(info: string): boolean {
  const words = info.slice(0, 400).split(/\s+/);
  const first = /^\{?\s*\.?(?:lang(?:uage)?-)?([\w+#-]+)/.exec(info)?.[1] ?? '';
  if (words.length === 1 && isFileName(info)) return true;
  if (words.length <= 5 && isKnownLanguage(first) && namesFile(info.slice(first.length).trim(), first))
    return true;
  if (!isKnownLanguage(first))
    return /^\{/.test(info) || (/^\w+\s*=/.test(info) && nameFromInfo(info) !== null);
  return words.length <= 2
    ? /^[^()"';]*[^()"';.!?:]$/.test(info) || /[={]/.test(info)
    : /\S=\S|[{}]$|\{[\d,\s-]*\}/.test(info);
}

/** Whether the words after a language name the file: `# a.py`, `File: a.py`, `a.py (new)`. Commands name their files. */
const namesFile = (words: string, language: string) =>
  !/^(?:bash|sh|shell|zsh|console|text)$/i.test(language) &&
  nameFromInfo(words) !== null &&
  classifyLine(words) !== 'code';

export const isMarkdown = ({ info }: Fence): boolean =>
  languageOf(info) === 'markdown' || /\.mdx?$/i.test(nameFromInfo(info) ?? '');

export function width(white: string): number {
  let columns = 0;
  for (const char of white) columns += char === '\t' ? 4 : 1;
  return columns;
}

/** Removes up to `columns` columns of white space from the beginning of a line. */
export function outdent(line: string, columns: number): string {
  let at = 0;
  for (let left = columns; left > 0 && (line[at] === ' ' || line[at] === '\t'); at++) {
    left -= line[at] === '\t' ? 4 : 1;
  }
  return line.slice(at);
}

/**
 * Whether a line may open a block: it is indented by at most 3 spaces, or further within a list item.
 */
export class ListIndent {
  #columns = 0;

  allows(fence: Fence, line: string): boolean {
    return fence.indent <= this.#columns + 3 || LIST_ITEM.test(line);
  }

  /** Follows a line outside the blocks. */
  follow(line: string): void {
    if (line.trim() === '') return;
    const item = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}/.exec(line);
    const indent = width((item ?? /^[ \t]*/.exec(line)!)[0]);
    this.#columns = item ? indent : Math.min(this.#columns, indent);
  }
}

/** Follows the fences of a text line by line, without regard to strings. Used where blocks may be broken off. */
export class FenceToggle {
  fence: Fence | null = null;

  feed(line: string): void {
    const open = this.fence;
    const fence = open === null ? readOpening(line) : readFence(line);
    if (fence === null) return;
    if (open === null) this.fence = fence;
    else if (fence.kind !== 'info' && fence.mark === open.mark && fence.length >= open.length)
      this.fence = null;
  }
}
