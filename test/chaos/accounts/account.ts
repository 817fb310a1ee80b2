import type { Entry, Ledger } from '../ledger.ts';
import type { References } from '../references.ts';
import type { Site } from '../site.ts';
import type { Life } from '../unit.ts';
import type { Levels } from '../vitals.ts';
import { type Repeat, repeatsIn } from './repeats.ts';
import { faultsOf } from './results.ts';

/** What became of everything that was asked. */
export interface Account {
  readonly seconds: number;
  readonly entries: readonly Entry[];
  /** Of requests that were accepted: those without an end. */
  readonly hung: readonly Entry[];
  /** Jobs that were not there any more though Redis had lost nothing since they were accepted. */
  readonly gone: readonly string[];
  readonly wrong: readonly { readonly marker: string; readonly what: string }[];
  /** Calls that had to be made: one for every stage that was begun. */
  readonly wanted: number;
  readonly made: number;
  readonly repeats: readonly Repeat[];
  /** Milliseconds from the last fault to the last end. */
  readonly settledAfterMs: number;
  /** Lives of processes that were told to stop. */
  readonly drains: readonly Life[];
  /** What was held before the load and after all jobs were gone. */
  readonly before: Levels;
  readonly after: Levels;
  /** Folder of all that the processes said. */
  readonly dir: string;
}

interface Course {
  readonly site: Site;
  readonly ledger: Ledger;
  readonly references: References;
  readonly beganAt: number;
  readonly lastFaultAt: number;
  readonly before: Levels;
  readonly after: Levels;
}

export function accountOf({ site, ledger, references, beganAt, lastFaultAt, ...levels }: Course): Account {
  const { entries } = ledger;
  const lives = [...site.workers, ...site.apis].flatMap((unit) => unit.lives);
  const repeats = repeatsIn(site.calls, ledger, lives);
  const made = [...site.calls.markers()].reduce((sum, marker) => sum + site.calls.of(marker).length, 0);
  return {
    seconds: (lastFaultAt - beganAt) / 1_000,
    entries,
    hung: entries.filter(({ jobs, job }) => jobs.length > 0 && job === null),
    gone: goneIn(ledger),
    wrong: entries.flatMap((entry) =>
      faultsOf(entry, references).map((what) => ({ marker: entry.asked.marker, what })),
    ),
    wanted: made - repeats.length,
    made,
    repeats,
    settledAfterMs: Math.max(0, ...entries.map(({ finishedAt }) => (finishedAt ?? 0) - lastFaultAt)),
    drains: lives.filter(({ drained, cutShort }) => drained || cutShort),
    ...levels,
    dir: site.dir,
  };
}

/** What Redis writes through a second late may be lost with it, and was accepted before it was struck. */
const UNWRITTEN_MS = 3_000;

const goneIn = ({ entries, incidents }: Ledger) =>
  entries
    .flatMap(({ jobs }) => jobs)
    .filter(
      ({ askedAt, vanishedAt }) =>
        vanishedAt !== null &&
        !incidents.some(
          ({ kind, at, until }) =>
            kind === 'loss' && at <= vanishedAt && (until ?? at) >= askedAt - UNWRITTEN_MS,
        ),
    )
    .map(({ id }) => id);
