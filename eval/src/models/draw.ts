import { createHash } from 'node:crypto';

/** A number in 0 … 1 that depends on the words only. */
export const draw = (...words: readonly (string | number)[]): number =>
  createHash('sha256').update(JSON.stringify(words)).digest().readUInt32BE(0) / 2 ** 32;
