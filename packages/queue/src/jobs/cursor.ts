import type { Connection } from '../redis/connection.ts';

/** Position in a list of runs or threads. */
export interface RunCursor {
  readonly id: string;
  /** Ms since 1970. */
  readonly createdAt: number;
}

/** Members of a sorted set of ids by creation time, newest first, older than `before`. */
export async function idsBefore(
  redis: Connection,
  key: string,
  before: RunCursor | null,
  limit: number,
): Promise<RunCursor[]> {
  const max = before === null ? '+inf' : before.createdAt;
  const cursors: RunCursor[] = [];
  // Members of the same millisecond are ordered by id: those up to `before` are skipped.
  for (let offset = 0; cursors.length < limit; offset += limit) {
    const range = [key, max, '-inf', 'BYSCORE', 'REV'] as const;
    const found = await redis.zrange(...range, 'LIMIT', offset, limit, 'WITHSCORES');
    for (let index = 0; index < found.length; index += 2) {
      const cursor = { id: found[index] ?? '', createdAt: Number(found[index + 1]) };
      if (before === null || cursor.createdAt < before.createdAt || cursor.id < before.id)
        cursors.push(cursor);
    }
    if (found.length < 2 * limit) break;
  }
  return cursors.slice(0, limit);
}
