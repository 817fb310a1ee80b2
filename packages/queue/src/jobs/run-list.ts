import { type Route, type RunStatus, statusOf } from '@codegen/pipeline';
import type { RunCursor, RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';

/** What a run must be like to be listed; what is left out does not matter. */
export interface RunFilter {
  readonly status?: RunStatus;
  readonly route?: Route;
  /** Milliseconds since 1970, both included. */
  readonly createdFrom?: number;
  readonly createdTo?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
}

export interface RunPage {
  readonly runs: readonly StoredRun[];
  /** Where the next page begins; null if there is none. */
  readonly next: RunCursor | null;
}

/** Runs looked at for one page: a filter that fits few ends the page early, and the next one goes on. */
const MOST_LOOKED_AT = 1_000;
const STEP = 50;

export async function listRuns(
  store: RunStore,
  caller: string,
  filter: RunFilter,
  before: RunCursor | null,
  most: number,
): Promise<RunPage> {
  const runs: StoredRun[] = [];
  let last = startOf(filter, before);
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += STEP) {
    const places = await store.idsOf(caller, last, STEP);
    const loaded = new Map((await store.loadMany(places.map(({ id }) => id))).map((run) => [run.id, run]));
    for (const place of places) {
      if (filter.createdFrom !== undefined && place.createdAt < filter.createdFrom)
        return { runs, next: null };
      const run = loaded.get(place.id);
      if (run !== undefined && fits(run, filter)) {
        // Not this one any more: there is a next page.
        if (runs.length === most) return { runs, next: last };
        runs.push(run);
      }
      last = place;
    }
    if (places.length < STEP) return { runs, next: null };
  }
  return { runs, next: last };
}

/** Ids begin with a hexadecimal digit, so "g" is after all of them. */
function startOf({ createdTo }: RunFilter, before: RunCursor | null): RunCursor | null {
  if (createdTo === undefined || (before !== null && before.createdAt <= createdTo)) return before;
  return { id: 'g', createdAt: createdTo };
}

function fits(run: StoredRun, { status, route, metadata = {}, idempotencyKey }: RunFilter): boolean {
  const taken = run.outcome?.status === 'completed' ? run.outcome.route : run.route;
  return (
    (status === undefined || statusOf(run) === status) &&
    (route === undefined || taken === route) &&
    (idempotencyKey === undefined || run.idempotencyKey === idempotencyKey) &&
    Object.entries(metadata).every(([name, value]) => run.metadata[name] === value)
  );
}
