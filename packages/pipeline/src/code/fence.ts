import { languageOf } from './language.ts';

interface Fence {
  readonly mark: string;
  readonly length: number;
  readonly indent: number;
  readonly info: string;
}

/** One fenced block. `lead` is the last non-blank line between the previous block and this one, or ''. */
export interface Fenced {
  readonly info: string;
  readonly lead: string;
  readonly content: string;
  readonly closed: boolean;
}

/**
 * Finds CommonMark fences line by line: three or more backticks or tildes, indented by at most 3 spaces (more within a
 * list item), and closed by at least as many of the same character. Two deviations: a closing fence may be indented
 * less than its opening fence, and a markdown block may contain pairs of fences of its own length.
 */
export class FenceScanner {
  fence: Fence | null = null;
  #listIndent = 0;
  #nested = 0;

  /** Classifies the next line: 'text' outside a block, an 'open' or 'close' fence, or 'content' of a block. */
  feed(line: string): 'text' | 'open' | 'content' | 'close' {
    if (this.fence) return this.#inside(line, this.fence);
    this.fence = readFence(line, this.#listIndent + 3, true);
    if (this.fence) return 'open';
    this.#followList(line);
    return 'text';
  }

  #inside(line: string, fence: Fence): 'content' | 'close' {
    const inner = readFence(line, fence.indent + 3);
    if (inner?.mark !== fence.mark || inner.length < fence.length) return 'content';
    if (inner.info !== '') {
      if (languageOf(fence.info) === 'markdown') this.#nested++;
      return 'content';
    }
    if (this.#nested > 0) {
      this.#nested--;
      return 'content';
    }
    this.fence = null;
    return 'close';
  }

  #followList(line: string): void {
    if (line.trim() === '') return;
    const item = LIST_ITEM.exec(line);
    const indent = width((item ?? /^[ \t]*/.exec(line)!)[0]);
    this.#listIndent = item ? indent : Math.min(this.#listIndent, indent);
  }
}

/** The fenced blocks of a text with LF line ends, in order, and the text outside them. */
export function readFenced(text: string): { blocks: Fenced[]; rest: string } {
  const blocks: Fenced[] = [];
  const rest: string[] = [];
  const scanner = new FenceScanner();
  let fence: Fence | null = null;
  let content: string[] = [];
  let lead = '';
  const end = (closed: boolean) => {
    blocks.push({ info: fence!.info, lead, content: content.join('\n'), closed });
    lead = '';
    content = [];
  };
  for (const line of text.split('\n')) {
    switch (scanner.feed(line)) {
      case 'open':
        fence = scanner.fence;
        break;
      case 'content':
        content.push(outdent(line, fence!.indent));
        break;
      case 'close':
        end(true);
        break;
      case 'text':
        rest.push(line);
        if (line.trim() !== '') lead = line;
    }
  }
  if (scanner.fence) end(false);
  return { blocks, rest: rest.join('\n') };
}

const LIST_ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}/;

function readFence(line: string, deepest: number, inList = false): Fence | null {
  // Not after `*`: doc comments in plain code contain fences.
  const marker = inList ? /^[ \t]*(?:-|\d{1,9}[.)])[ \t]{1,4}/.exec(line)?.[0] : undefined;
  const prefix = marker ?? /^[ \t]*/.exec(line)![0];
  const mark = line[prefix.length];
  if (mark !== '`' && mark !== '~') return null;
  let end = prefix.length;
  while (line[end] === mark) end++;
  const length = end - prefix.length;
  const info = line.slice(end).trim();
  const indent = width(prefix);
  if (length < 3 || (mark === '`' && info.includes('`')) || (!marker && indent > deepest)) return null;
  return { mark, length, indent, info };
}

function width(white: string): number {
  let columns = 0;
  for (const char of white) columns += char === '\t' ? 4 : 1;
  return columns;
}

function outdent(line: string, columns: number): string {
  let at = 0;
  for (let left = columns; left > 0 && (line[at] === ' ' || line[at] === '\t'); at++) {
    left -= line[at] === '\t' ? 4 : 1;
  }
  return line.slice(at);
}
