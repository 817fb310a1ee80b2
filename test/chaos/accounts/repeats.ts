import type { CallFeed, ModelCall } from '../call-feed.ts';
import type { Entry, Incident, Ledger } from '../ledger.ts';
import type { Life } from '../unit.ts';

/** Why a stage's model was called once more. All but `unexplained` are what a fault outside the service made necessary. */
export const REASONS = [
  'the model failed',
  'its worker was killed',
  'its worker was told to stop and handed it back',
  'its worker hung for longer than its lock',
  'Redis was away for longer than a lock',
  'Redis lost what was recorded',
  'its job had vanished and was asked for anew',
  'unexplained',
] as const;
export type Reason = (typeof REASONS)[number];

export interface Repeat {
  readonly marker: string;
  readonly stage: string;
  readonly reason: Reason;
  readonly call: ModelCall;
  readonly before: ModelCall;
}

/** A worker may take so long from the end of an answer to the record of it. */
const REPORT_MS = 2_000;
/** How long a job is a worker's own unless renewed, and how often that is done. */
const LOCK_MS = 5_000;
const RENEWAL_MS = 1_250;
/** When Redis is back, workers find out within so long whose jobs are whose. */
const SETTLING_MS = 5_000;
/** What an append-only file that is written through once a second may lack, with room for a slow disk. */
const UNWRITTEN_MS = 3_000;

/** Every call of a stage after its first, with the reason for it. */
export function repeatsIn(calls: CallFeed, { entries, incidents }: Ledger, lives: readonly Life[]): Repeat[] {
  const byCaller = new Map(lives.map((life) => [life.caller, life]));
  const byMarker = new Map(entries.map((entry) => [entry.asked.marker, entry]));
  const repeats: Repeat[] = [];
  for (const marker of calls.markers()) {
    const stages = Map.groupBy(calls.of(marker), ({ stage }) => stage);
    for (const [stage, made] of stages) {
      for (const [index, call] of made.entries()) {
        const before = made[index - 1];
        if (before === undefined) continue;
        const [life, next] = [byCaller.get(before.caller), byCaller.get(call.caller)];
        const reason = reasonFor(before, call, { life, next, incidents, entry: byMarker.get(marker) });
        repeats.push({ marker, stage, reason, call, before });
      }
    }
  }
  return repeats;
}

interface Circumstances {
  /** Of the worker that called before, and of the one that called again. */
  readonly life: Life | undefined;
  readonly next: Life | undefined;
  readonly incidents: readonly Incident[];
  readonly entry: Entry | undefined;
}

function reasonFor(
  before: ModelCall,
  call: ModelCall,
  { life, next, incidents, entry }: Circumstances,
): Reason {
  if (life?.drained && before.status === 'aborted') return 'its worker was told to stop and handed it back';
  if (before.fault !== undefined || before.status === 'fault') return 'the model failed';
  const endedAt = before.endedAt ?? call.at;
  const gone = life?.endedAt ?? Number.POSITIVE_INFINITY;
  // Recorded by then, unless Redis could not be written to.
  const recordedAt = endedAt + REPORT_MS + awayFor(incidents, endedAt);
  if (life?.killed && gone >= before.at && gone <= Math.min(call.at, recordedAt))
    return 'its worker was killed';
  const during = (kind: string, from: number, to: number) =>
    incidents.some((one) => one.kind === kind && one.at <= to && (one.until ?? one.at) >= from);
  const hung = (unit: string | undefined, from: number, to: number) =>
    incidents.some((one) => one.kind === 'hung' && one.unit === unit && one.at <= to && one.at >= from);
  // One that wakes up does not know yet that its job was given to another, and may begin a call.
  const wokeUp = incidents.some(
    ({ kind, unit, until }) =>
      kind === 'hung' && unit === next?.unit && Math.abs((until ?? 0) - call.at) < REPORT_MS,
  );
  if (hung(life?.unit, before.at - 1_000, recordedAt) || wokeUp)
    return 'its worker hung for longer than its lock';
  const silent = incidents.filter(
    ({ kind, at, until }) => kind === 'away' && (until ?? at) - at >= LOCK_MS - RENEWAL_MS,
  );
  if (silent.some(({ at, until }) => at <= endedAt && (until ?? at) >= before.at - SETTLING_MS))
    return 'Redis was away for longer than a lock';
  if (during('loss', before.at, endedAt + UNWRITTEN_MS)) return 'Redis lost what was recorded';
  const anew = entry?.jobs.slice(1).some(({ acceptedAt }) => acceptedAt <= call.at + REPORT_MS);
  if (anew) return 'its job had vanished and was asked for anew';
  return 'unexplained';
}

/** Milliseconds for which Redis could not be written to from a time on. */
function awayFor(incidents: readonly Incident[], from: number): number {
  const away = incidents.filter(
    ({ kind, at, until }) => kind === 'away' && at <= from + REPORT_MS && (until ?? from) >= from,
  );
  return Math.max(0, ...away.map(({ until }) => (until ?? from) - from));
}
