import type { RunCursor } from '@codegen/queue';
import { ProblemError } from '../problem.ts';

/** The `next` of a page, which clients pass on unchanged. */
export const cursorOf = ({ createdAt, id }: RunCursor): string =>
  Buffer.from(`${createdAt}.${id}`).toString('base64url');

/** @throws ProblemError */
export function readCursor(cursor: string): RunCursor {
  const [, createdAt, id] =
    /^(\d{1,15})\.([\da-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined) {
    throw new ProblemError('malformed-cursor', 'Use the `next` of the previous page, unchanged.');
  }
  return { createdAt: Number(createdAt), id };
}
