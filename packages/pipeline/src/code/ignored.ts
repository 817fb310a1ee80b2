import type { CodeBlock } from './block-kind.ts';

/**
 * Why a block of an answer is no part of the code.
 * - `repeated`      another block is the same
 * - `older-version` a later block has the same name
 * - `part`          another block contains it
 * - `redefined`     a later block defines all its names again
 * - `edit`          it changes code instead of being code
 * - `elided`        it shows a longer block with parts left out
 * - `usage`         it shows how the named files are used
 * - `commands`, `output`, `data`, `tests`: what it is
 */
export const IGNORED_REASONS = [
  'repeated',
  'older-version',
  'part',
  'redefined',
  'edit',
  'elided',
  'usage',
  'commands',
  'output',
  'data',
  'tests',
] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** A block of an answer that is no part of the code. */
export interface IgnoredBlock {
  readonly reason: IgnoredReason;
  readonly name: string | null;
  readonly language: string | null;
  readonly lines: number;
  /** The beginning of the block. */
  readonly start: string;
}

const MAX_BLOCKS = 20;
const MAX_START_CHARS = 120;

/** Lists ignored blocks, in the order in which they are found. The first 20 only: the list is stored with the run. */
export class IgnoredBlocks {
  readonly list: IgnoredBlock[] = [];

  add({ file: { name, language, content } }: CodeBlock, reason: IgnoredReason): void {
    if (this.list.length === MAX_BLOCKS) return;
    const start = content.slice(0, MAX_START_CHARS).toWellFormed();
    this.list.push({ reason, name, language, lines: content.split('\n').length, start });
  }
}
