import { isKnownLanguage } from '../language.ts';
import { classifyLine } from '../line-classification.ts';
import { readPlainCode } from '../plain-code.ts';
import { type BlockEnd, BlockEnds } from './block-end.ts';
import { type Fence, ListIndent, outdent, readFence, readOpening, width } from './fence.ts';
import { splitInfo } from './opening-info.ts';
import { Turns } from './turns.ts';

/** Blocks that hold reasoning. */
const REASONING = /^(?:think|thinking|thoughts?|reasoning|analysis|scratchpad)$/i;
/** A block on one line, with its language: ```sql SELECT 1;``` */
const ON_ONE_LINE = /^[ \t]*(`{3,})([\w+#-]{1,30})[ \t]+(\S.*?)[ \t]*\1[ \t]*$/;
/** An opening fence at the end of a line of prose: `Here: ```py` */
const WITHIN_LINE = /^(.*[^\s`~'"([{=\\])[ \t]*(`{3,}|~{3,})[ \t]*([\w+#-]{0,30})[ \t]*$/;
/** Quotes or too few backticks in place of an opening fence. */
const MISWRITTEN = /^('''|"""|``?)([\w+#-]{1,30})$/;
/** Longer lines open no block but by a fence at their beginning. */
const LONGEST_LEAD = 2_000;
/** How often a model may wrap a block in another. */
const WRAPPERS = 3;

/**
 * Rewrites an answer as CommonMark: every block is closed, begins in the first column and has a fence longer than those
 * in its content. Removes the special tokens and headers of chat templates outside the blocks, and the turns that the
 * model invented after its own. Lines outside blocks are not changed otherwise.
 */
export function repairMarkdown(text: string): string {
  return new Repair(unquoted(unescaped(turnsOnOwnLines(text)))).run();
}

/** A closing fence, the special tokens of the next turn, and the next opening fence, all on one line. */
const turnsOnOwnLines = (text: string) =>
  text.replace(/^([ \t]*`{3,})(<[|｜][^`\n]{1,500})(`{3}[^`\n]*)$/gm, '$1\n$2\n$3');

/** Models that quote their own answer escape its fences, or all of its line ends. */
function unescaped(text: string): string {
  if (/^[ \t]*\\`\\`\\`/m.test(text) && !/^[ \t]*```/m.test(text)) {
    return text.replace(/^([ \t]*)\\`\\`\\`/gm, '$1```');
  }
  const isOneLine = /^\s*```[\w+#-]*\\n/.test(text) && !text.trim().includes('\n');
  return isOneLine
    ? text.replace(/\\(n|t|"|\\)/g, (_, char) => ({ n: '\n', t: '\t' })[char as 'n'] ?? char)
    : text;
}

/** Takes the blocks out of quotations: `> ```py`. */
function unquoted(text: string): string {
  if (!/^ {0,3}> ?(?:```|~~~)/m.test(text)) return text;
  let inQuote = false;
  return text
    .split('\n')
    .map((line) => {
      if (!line.startsWith('>')) inQuote = false;
      else if (/^> ?(?:```|~~~)/.test(line)) inQuote = true;
      return inQuote ? line.replace(/^> ?/, '') : line;
    })
    .join('\n');
}

class Repair {
  readonly #lines: readonly string[];
  readonly #ends: BlockEnds;
  readonly #indent = new ListIndent();
  readonly #turns: Turns;
  #out: string[] = [];
  #blocks = 0;
  #missing = new Set<string>();

  constructor(text: string) {
    this.#lines = text.split('\n');
    this.#ends = new BlockEnds(this.#lines);
    this.#turns = new Turns(this.#lines);
  }

  run(): string {
    let line = 0;
    while (line < this.#lines.length) {
      const text = this.#lines[line]!;
      const opening = this.#openingAt(line, text);
      if (opening === null) {
        if (!this.#prose(text, line)) break;
        line++;
        continue;
      }
      const next = this.#block(opening, line);
      if (next < 0) break;
      line = next;
    }
    return this.#out.join('\n');
  }

  /** @returns false if the answer ends before this line */
  #prose(text: string, line: number, afterBlock = false): boolean {
    const result = this.#turns.read(text, line, {
      hasBlock: this.#blocks > 0,
      afterBlock,
      before: () => this.#out.join('\n'),
    });
    if (result.drops) {
      this.#out = [];
      this.#blocks = 0;
    }
    if (result.text !== null) {
      this.#indent.follow(result.text);
      this.#out.push(result.text);
    }
    return !result.ends;
  }

  #openingAt(line: number, text: string): Opening | null {
    const fence = readOpening(text);
    if (fence !== null) return this.#indent.allows(fence, text) ? { fence, first: [] } : null;
    if (text.length > LONGEST_LEAD) return null;
    const single = ON_ONE_LINE.exec(text);
    if (single !== null && isKnownLanguage(single[2]!)) {
      return { fence: fenceOf(single[2]!), first: [single[3]!], end: line + 1 };
    }
    const within = WITHIN_LINE.exec(text);
    if (within !== null && this.#opensWithin(line, within)) {
      const indent = width(/^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})?/.exec(text)![0]);
      return { fence: { ...fenceOf(within[3]!), indent }, first: [], lead: within[1]! };
    }
    const quotes = MISWRITTEN.exec(text);
    if (quotes !== null && isKnownLanguage(quotes[2]!)) {
      const end = this.#lineOf(quotes[1]!, line + 1);
      if (end >= 0)
        return { fence: fenceOf(quotes[2]!), first: this.#lines.slice(line + 1, end), end: end + 1 };
    }
    return null;
  }

  #opensWithin(line: number, [, lead, mark, language]: readonly (string | undefined)[]): boolean {
    if (
      isKnownLanguage(language!) ? classifyLine(lead!) === 'code' : language !== '' || !/[:：>]$/.test(lead!)
    )
      return false;
    const count = lead!.split(mark!).length;
    return count % 2 === 1 && (language !== '' || (this.#lines[line + 1] ?? '').trim() !== '');
  }

  #lineOf(mark: string, from: number): number {
    if (this.#missing.has(mark)) return -1;
    for (let line = from; line < this.#lines.length; line++)
      if (this.#lines[line]!.trim() === mark) return line;
    this.#missing.add(mark);
    return -1;
  }

  /** Writes a block. @returns the line after it, or -1 if the answer ends there */
  #block({ fence, first, lead, end: known }: Opening, line: number, depth = 0): number {
    const from = line + 1;
    if (lead !== undefined && !this.#prose(lead, line)) return -1;
    if (known !== undefined) return this.#write(fence, first, true) ?? known;
    const end = this.#ends.of(fence, from);
    const inner = depth < WRAPPERS ? this.#wrapped(fence, from, end) : null;
    if (inner !== null) {
      const next = this.#block({ fence: inner, first: [] }, from, depth + 1);
      return next < 0 ? next : this.#afterWrapper(next);
    }
    return this.#writeContent(fence, from, end);
  }

  /** The line after a wrapper's own closing fence. `next` is the line after the block in the wrapper. */
  #afterWrapper(next: number): number {
    let at = next;
    while (at < this.#lines.length && this.#lines[at]!.trim() === '') at++;
    return readFence(this.#lines[at] ?? '')?.kind === 'bare' ? at + 1 : next;
  }

  /** Writes a block that is no wrapper. @returns the line after it, or -1 if the answer ends there */
  #writeContent(fence: Fence, from: number, end: BlockEnd): number {
    const { info, code } = splitInfo(fence);
    const content = this.#lines.slice(from, end.content);
    if (end.lastLine !== undefined) content.push(end.lastLine);
    if (code !== null) content.unshift(code);
    if (!end.closed) return this.#unclosed({ ...fence, info }, content);
    if (!REASONING.test(info)) this.#write({ ...fence, info }, content, true);
    if (end.tail !== '' && !this.#prose(end.tail, end.next - 1, true)) return -1;
    return this.#endsAfter(end.next) ? -1 : end.next;
  }

  /** Whether the line after a block names the next speaker and nothing else. */
  #endsAfter(next: number): boolean {
    return /^(?:assistant|user|system|model)$/.test(this.#lines[next] ?? '');
  }

  /** The block that a block consists of: the model wrote the opening fence twice, or wrapped its whole answer. */
  #wrapped(fence: Fence, from: number, end: BlockEnd): Fence | null {
    const inner = readFence(this.#lines[from] ?? '');
    if (inner?.kind !== 'info' || inner.mark !== fence.mark) return null;
    if (inner.length !== fence.length) return null;
    if (fence.info === '' || fence.info === inner.info) return inner;
    if (!/^(?:markdown|md|text|txt)?$/i.test(fence.info)) return null;
    const { next, closed } = this.#ends.of(inner, from + 1);
    const isAll = closed && this.#lines.slice(next, end.content).every((line) => line.trim() === '');
    return isAll && next <= end.content ? inner : null;
  }

  /** A block without an end: the answer was cut off, its end is a special token, or the fence is the end of code. */
  #unclosed(fence: Fence, content: readonly string[]): number {
    const before = this.#out.join('\n');
    if (fence.info === '' && (this.#blocks > 0 || readPlainCode(before) !== null)) {
      if (readPlainCode(content.join('\n')) === null) {
        this.#out.push('');
        for (const text of content) this.#out.push(text);
        return -1;
      }
    }
    const kept: string[] = [];
    for (const text of content) {
      const { text: rest, ends } = this.#turns.readTokens(text, kept.length > 0);
      if (rest !== null) kept.push(rest);
      if (ends) break;
    }
    if (!REASONING.test(fence.info)) this.#write(fence, kept, false);
    return -1;
  }

  #write(fence: Fence, content: readonly string[], closed: boolean): undefined {
    const { mark, indent, info } = fence;
    const lines = content.map((text) => outdent(text, indent));
    let length = 3;
    for (const text of lines) length = Math.max(length, (readRun(text, mark) ?? 0) + 1);
    const marks = mark.repeat(length);
    this.#out.push(marks + info);
    for (const text of lines) this.#out.push(text);
    if (closed) this.#out.push(marks);
    this.#blocks++;
  }
}

interface Opening {
  readonly fence: Fence;
  readonly first: readonly string[];
  /** The text before the fence on its line. */
  readonly lead?: string;
  /** The line after the block, if it is known. */
  readonly end?: number;
}

const fenceOf = (info: string): Fence => ({ mark: '`', length: 3, indent: 0, info, kind: 'bare' });

/** The length of the run of marks at the beginning of a line. */
const readRun = (text: string, mark: string): number | undefined =>
  (mark === '`' ? /^\s*(`+)/ : /^\s*(~+)/).exec(text)?.[1]?.length;
