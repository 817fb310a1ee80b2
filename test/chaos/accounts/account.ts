import type { Entry, Ledger } from '../ledger.ts';
import type { References } from '../references.ts';
import type { Site } from '../site.ts';
import type { Life } from '../unit.ts';
import { type Repeat, repeatsIn } from './repeats.ts';
import { faultsOf } from './results.ts';

/** What became of everything that was asked. */
export interface Account {
  readonly seconds: number;
  readonly entries: readonly Entry[];
  /** Of requests that were accepted: those without an end. */
  readonly hung: readonly Entry[];
  readonly wrong: readonly { readonly marker: string; readonly what: string }[];
  /** Calls that had to be made: one for every stage that was begun. */
  readonly wanted: number;
  readonly made: number;
  readonly repeats: readonly Repeat[];
  /** Milliseconds from the last fault to the last end. */
  readonly settledAfterMs: number;
  /** Lives of processes that were told to stop. */
  readonly drains: readonly Life[];
  /** Folder of all that the processes said. */
  readonly dir: string;
}

interface Course {
  readonly site: Site;
  readonly ledger: Ledger;
  readonly references: References;
  readonly beganAt: number;
  readonly lastFaultAt: number;
}

export function accountOf({ site, ledger, references, beganAt, lastFaultAt }: Course): Account {
  const { entries } = ledger;
  const lives = [...site.workers, ...site.apis].flatMap((unit) => unit.lives);
  const repeats = repeatsIn(site.calls, ledger, lives);
  const made = [...site.calls.markers()].reduce((sum, marker) => sum + site.calls.of(marker).length, 0);
  return {
    seconds: (Date.now() - beganAt) / 1_000,
    entries,
    hung: entries.filter(({ jobs, job }) => jobs.length > 0 && job === null),
    wrong: entries.flatMap((entry) =>
      faultsOf(entry, references).map((what) => ({ marker: entry.asked.marker, what })),
    ),
    wanted: made - repeats.length,
    made,
    repeats,
    settledAfterMs: Math.max(0, ...entries.map(({ finishedAt }) => (finishedAt ?? 0) - lastFaultAt)),
    drains: lives.filter(({ drained, cutShort }) => drained || cutShort),
    dir: site.dir,
  };
}
