import type { Fence } from './fence.ts';

/** A closing fence that the model got wrong: too short, of the other mark, or at the end of a line of code. */
const MISWRITTEN = /^[ \t]*(?:`{2,}|~{3,})[ \t]*$/;
const GLUED = /^(.*[^\s`~])[ \t]*(?:`{3,}|~{3,})[ \t]*$/;
/** Longer lines have no fence at their end. */
const LONGEST = 1_000;

/** The line of a possible closing fence. */
export interface Candidate {
  readonly line: number;
  /** The code before the fence on its line. */
  readonly lastLine?: string;
}

/** Finds the first miswritten closing fence of a block. Fences that close shorter blocks within it are none. */
export class MiswrittenEnd {
  found: Candidate | null = null;
  /** The number of shorter blocks that are open. */
  #shorter = 0;

  /** Reads a line that is in no string. `fence` does not close the block. */
  read(line: number, text: string, fence: Fence | undefined): void {
    if (this.found !== null) return;
    if (fence?.kind === 'info') this.#shorter++;
    else if (fence && this.#shorter > 0) this.#shorter--;
    else this.found = readCandidate(line, text);
  }
}

function readCandidate(line: number, text: string): Candidate | null {
  if (MISWRITTEN.test(text)) return { line };
  if (text.length >= LONGEST) return null;
  const lastLine = GLUED.exec(text)?.[1];
  return lastLine !== undefined && isOdd(text) ? { line, lastLine } : null;
}

/** Whether a line has an odd number of code marks: the last one begins or ends a block. */
const isOdd = (text: string) => (text.match(/`{3,}|~{3,}/g) ?? []).length % 2 === 1;
