import { type Route, type RunStatus, statusOf } from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import type { RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';
import { isTask } from './submission.ts';

/** Position in a list of runs or threads. */
export interface RunCursor {
  readonly id: string;
  /** Ms since 1970. */
  readonly createdAt: number;
}

/** Conditions on listed runs; all given ones must match. */
export interface RunFilter {
  readonly status?: RunStatus;
  /** Runs that chat programs started on their own are listed by the route `text` only. */
  readonly route?: Route;
  /** Creation time, ms since 1970, inclusive. */
  readonly createdFrom?: number;
  /** Creation time, ms since 1970, inclusive. */
  readonly createdTo?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
}

export interface RunPage {
  readonly runs: readonly StoredRun[];
  /** Start of the next page; null if there is none. */
  readonly next: RunCursor | null;
}

/** Maximum number of runs read per page; a page of a selective filter may hold fewer runs than its limit. */
const MAX_READ = 1_000;
const BATCH = 50;

interface Parts {
  readonly redis: Connection;
  readonly keys: Keys;
  readonly store: RunStore;
}

/** A page of a caller's runs, newest first. */
export async function listRuns(
  { redis, keys, store }: Parts,
  caller: string,
  filter: RunFilter,
  before: RunCursor | null,
  limit: number,
): Promise<RunPage> {
  const runs: StoredRun[] = [];
  let last = startOf(filter, before);
  for (let read = 0; read < MAX_READ; read += BATCH) {
    const cursors = await idsBefore(redis, keys.jobs(caller), last, BATCH);
    const loaded = await Promise.all(cursors.map(({ id }) => store.loadWithUsage(id)));
    for (const [index, cursor] of cursors.entries()) {
      if (filter.createdFrom !== undefined && cursor.createdAt < filter.createdFrom)
        return { runs, next: null };
      const run = loaded[index];
      if (run && matches(run, filter)) {
        if (runs.length === limit) return { runs, next: last };
        runs.push(run);
      }
      last = cursor;
    }
    if (cursors.length < BATCH) return { runs, next: null };
  }
  return { runs, next: last };
}

/** Ids start with a hexadecimal digit, so "g" sorts after all of them. */
function startOf({ createdTo }: RunFilter, before: RunCursor | null): RunCursor | null {
  if (createdTo === undefined || (before !== null && before.createdAt <= createdTo)) return before;
  return { id: 'g', createdAt: createdTo };
}

function matches(run: StoredRun, { status, route, metadata = {}, idempotencyKey }: RunFilter): boolean {
  const finalRoute = run.outcome?.status === 'completed' ? run.outcome.route : run.route;
  return (
    (status === undefined || statusOf(run) === status) &&
    (route === undefined ? !isTask(run.options) : finalRoute === route) &&
    (idempotencyKey === undefined || run.idempotencyKey === idempotencyKey) &&
    Object.entries(metadata).every(([name, value]) => run.metadata[name] === value)
  );
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
