import { nameFromInfo } from '../file-name.ts';
import { languageOf, languageOfFile } from '../language.ts';
import { openSpan } from '../string-span.ts';
import { type Fence, isMarkdown, readFence } from './fence.ts';
import { type Candidate, MiswrittenEnd } from './miswritten-end.ts';

/** Where a block ends. */
export interface BlockEnd {
  /** The line after its content. */
  readonly content: number;
  /** The line after its closing fence. */
  readonly next: number;
  /** False if the text ends within the block. */
  readonly closed: boolean;
  /** The content's last line if the closing fence stands at its end (`x = 1` + fence), else undefined. */
  readonly lastLine?: string;
  /** Text after the closing fence on its line. */
  readonly tail: string;
}

/** A fence in a string of the code is looked for up to here, so that the work is linear in the text's length. */
const LOOKAHEAD_LINES = 300;
const LOOKAHEAD_CHARACTERS = 20_000;
const LOOKAHEAD_TITLE = 30;

/**
 * Finds where fenced blocks end.
 *
 * A block ends at the first bare fence of its own mark and at least its length that is indented no deeper than its
 * opening fence, or at such a fence with text after it that is no language. These fences are content:
 *
 * - fences in a multi-line string, comment or heredoc, if the string ends and its fences are in pairs
 * - fences with a language, and the fences that close them, if the block has a closing fence of its own after them
 * - in Markdown, pairs of bare fences, if that leaves fewer blocks without an end
 *
 * Without such a fence, a block ends before the next opening fence or at a miswritten closing fence.
 */
export class BlockEnds {
  readonly #lines: readonly string[];
  /** The fences of the text, by line. */
  readonly #at = new Map<number, number>();
  readonly #fences: { readonly line: number; readonly fence: Fence }[] = [];
  readonly #costs: Costs;
  #again = 0;
  #failed = 0;
  /** Lines examined, for tests of the work. */
  work = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    for (const [line, text] of lines.entries()) {
      const fence = /^[ \t]*(?:```|~~~)/.test(text) ? readFence(text) : null;
      if (fence === null) continue;
      this.#at.set(line, this.#fences.length);
      this.#fences.push({ line, fence });
    }
    this.#costs = costsOf(this.#fences.map(({ fence }) => fence));
  }

  /** The end of the block that `open` opens. `from` is the line after it. */
  of(open: Fence, from: number): BlockEnd {
    const isDocument = isMarkdown(open) || (open.info === '' && this.#isDocument(from));
    return isDocument ? this.#ofMarkdown(open, from) : this.#ofCode(open, from);
  }

  /** Whether a block without an info string begins like a Markdown document: a title, and a section before a fence. */
  #isDocument(from: number): boolean {
    if (!/^# \S/.test(this.#lines[from] ?? '')) return false;
    const last = Math.min(this.#lines.length, from + LOOKAHEAD_TITLE);
    for (let line = from + 1; line < last && !this.#at.has(line); line++) {
      if (/^##+ \S/.test(this.#lines[line]!)) return true;
    }
    return false;
  }

  #ofCode(open: Fence, from: number): BlockEnd {
    const language = languageOf(open.info) ?? languageOfFile(nameFromInfo(open.info) ?? '');
    const miswritten = new MiswrittenEnd();
    let span: string | null = null;
    for (let line = from; line < this.#lines.length; line++) {
      this.work++;
      const text = this.#lines[line]!;
      const fence = this.#fenceAt(line);
      const stringEnd = this.#endOfString(open, line, span, language);
      if (stringEnd !== null) {
        line = stringEnd;
        span = openSpan(this.#lines[line]!.replace(/^\s*(?:`{3,}|~{3,})/, ''), span, language);
        continue;
      }
      if (fence && closes(open, fence)) return this.#close(line, fence);
      const nests = fence !== undefined && matches(open, fence);
      // A longer one is no opening fence that the model wrote in place of a closing one.
      if (nests && span === null && line > from && fence.length === open.length) {
        const after = this.#afterNested(open, line);
        if (after === null) return this.#cut(this.#allows(miswritten.found, line) ?? { line }, line);
        line = after;
        continue;
      }
      if (!nests && span === null) miswritten.read(line, text, fence);
      span = openSpan(text, span, language);
    }
    const { length } = this.#lines;
    const end = this.#allows(miswritten.found, length);
    if (end !== null) return this.#cut(end, length);
    return { content: length, next: length, closed: false, tail: '' };
  }

  #fenceAt(line: number): Fence | undefined {
    const index = this.#at.get(line);
    return index === undefined ? undefined : this.#fences[index]!.fence;
  }

  /** Lines after a miswritten fence are examined again. A hostile text may not make that happen too often. */
  #allows(miswritten: Candidate | null, line: number): Candidate | null {
    if (miswritten === null || this.#again > 10 * this.#lines.length) return null;
    this.#again += line - miswritten.line;
    return miswritten;
  }

  #close(line: number, { info }: Fence): BlockEnd {
    return { content: line, next: line + 1, closed: true, tail: info };
  }

  #cut({ line, lastLine }: Candidate, before: number): BlockEnd {
    const next = Math.min(line === before ? line : line + 1, before);
    return { content: line, next, closed: true, tail: '', ...(lastLine !== undefined && { lastLine }) };
  }

  /** The last line of the string that is open at a fence. Null if the fence is probably no part of the string. */
  #endOfString(open: Fence, from: number, span: string | null, language: string | null): number | null {
    const first = this.#fenceAt(from);
    if (span === null || first === undefined || !isAsLong(open, first)) return null;
    let nested = false;
    let count = 0;
    let characters = 0;
    // A hostile text may not make most lookups fail.
    if (this.#failed > 10 * this.#lines.length) return null;
    const last = Math.min(this.#lines.length, from + LOOKAHEAD_LINES);
    let line = from;
    for (; line < last && characters < LOOKAHEAD_CHARACTERS; line++) {
      this.work++;
      const text = this.#lines[line]!;
      characters += text.length;
      const fence = this.#fenceAt(line);
      if (fence && isAsLong(open, fence)) {
        nested = fence.kind === 'info' || !nested;
        count++;
      }
      // The marks of a fence are no backticks that end a template string.
      if (openSpan(fence ? text.replace(/^\s*(?:`+|~+)/, '') : text, span, language) !== span) {
        // A lone fence in a string is one if the block has another one to end with.
        if (!nested || (count === 1 && span.length > 1 && this.#closesAfter(open, line))) return line;
        break;
      }
    }
    this.#failed += line - from;
    return null;
  }

  #closesAfter(open: Fence, line: number): boolean {
    const last = Math.min(this.#lines.length, line + LOOKAHEAD_LINES);
    for (let next = line + 1; next < last; next++) {
      this.work++;
      const fence = this.#fenceAt(next);
      if (fence) return closes(open, fence);
    }
    return false;
  }

  /** The line that closes the nested block opened at `from`. Null if the outer block more probably lacks its end. */
  #afterNested(open: Fence, from: number): number | null {
    const index = this.#at.get(from)!;
    const last = Math.min(this.#fences.length, index + LOOKAHEAD_LINES);
    for (let i = index + 1; i < last; i++) {
      this.work++;
      const { line, fence } = this.#fences[i]!;
      if (!closes(open, fence)) continue;
      return this.#costs.open[i + 1]! < 1 + this.#costs.open[index + 1]! ? line : null;
    }
    return null;
  }

  #ofMarkdown(open: Fence, from: number): BlockEnd {
    let nested = false;
    for (let line = from; line < this.#lines.length; line++) {
      this.work++;
      const index = this.#at.get(line);
      if (index === undefined) continue;
      const { fence } = this.#fences[index]!;
      if (!matches(open, fence)) continue;
      if (fence.kind === 'bare') {
        if (!nested && this.#endsMarkdown(line, index)) return this.#close(line, fence);
        nested = !nested;
      } else if (fence.kind === 'text' && !nested && !/^[\w+#-]+$/.test(fence.info)) {
        return this.#close(line, fence);
      } else nested = true;
    }
    return { content: this.#lines.length, next: this.#lines.length, closed: false, tail: '' };
  }

  #endsMarkdown(line: number, index: number): boolean {
    const closing = this.#costs.outside[index + 1]!;
    const nesting = this.#costs.nested[index + 1]!;
    if (closing !== nesting) return closing < nesting;
    return (this.#lines[line + 1] ?? '').trim() === '';
  }
}

const isAsLong = (open: Fence, fence: Fence) => fence.mark === open.mark && fence.length >= open.length;

const matches = (open: Fence, fence: Fence) => isAsLong(open, fence) && fence.indent <= open.indent;

const closes = (open: Fence, fence: Fence) => matches(open, fence) && fence.kind !== 'info';

/** The fewest blocks without an end in the text from a fence on, by what the fence stands in. */
interface Costs {
  readonly outside: readonly number[];
  /** In a block of code. */
  readonly open: readonly number[];
  /** In Markdown. */
  readonly markdown: readonly number[];
  /** In a block within Markdown. */
  readonly nested: readonly number[];
}

function costsOf(fences: readonly Fence[]): Costs {
  const { length } = fences;
  const array = (end: number) => Array.from({ length: length + 1 }, () => end);
  const [outside, open, markdown, nested] = [array(0), array(1), array(1), array(1)] as const;
  for (let i = length - 1; i >= 0; i--) {
    const fence = fences[i]!;
    const next = i + 1;
    const isBare = fence.kind !== 'info';
    outside[i] = isMarkdown(fence) ? markdown[next]! : open[next]!;
    open[i] = isBare ? outside[next]! : 1 + open[next]!;
    markdown[i] = isBare ? Math.min(outside[next]!, nested[next]!) : nested[next]!;
    nested[i] = isBare ? markdown[next]! : 1 + nested[next]!;
  }
  return { outside, open, markdown, nested };
}
