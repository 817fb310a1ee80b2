import { type Route, type RunStatus, statusOf } from '@codegen/pipeline';
import type { RunCursor } from './cursor.ts';
import type { RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';
import { isTask } from './submission.ts';

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

export async function listRuns(
  store: RunStore,
  caller: string,
  filter: RunFilter,
  before: RunCursor | null,
  limit: number,
): Promise<RunPage> {
  const runs: StoredRun[] = [];
  let last = startOf(filter, before);
  for (let read = 0; read < MAX_READ; read += BATCH) {
    const cursors = await store.listIds(caller, last, BATCH);
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
