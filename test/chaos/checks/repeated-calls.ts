import type { History, Incident, RequestRecord } from '../client/history.ts';
import type { CallFeed, ModelCall } from '../system/call-feed.ts';
import type { ProcessRun } from '../system/process.ts';

/** Reasons for a further call of a stage. All except `unexplained` are consequences of an injected fault. */
export const REASONS = [
  'the model failed',
  'its worker was killed',
  'its worker was stopped and handed it back',
  'its worker hung for longer than its lock',
  'Redis was unavailable for longer than a lock',
  'Redis lost what was recorded',
  'its job was lost and submitted again',
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

/** Maximum time from the end of an answer to its record, in ms. */
const REPORT_MS = 2_000;
/** Lock duration and renewal interval of the workers, in ms. */
const LOCK_MS = 5_000;
const RENEWAL_MS = 1_250;
/** Time after which workers have detected lost locks when Redis is back, in ms. */
const RECOVERY_MS = 5_000;
/** Writes that Redis may lose with `everysec`, in ms, with a margin for a slow disk. */
const UNWRITTEN_MS = 3_000;

/** Every call of a stage after the first, with its reason. */
export function findRepeatedCalls(
  calls: CallFeed,
  { records, incidents }: History,
  runs: readonly ProcessRun[],
): Repeat[] {
  const byCaller = new Map(runs.map((run) => [run.caller, run]));
  const byMarker = new Map(records.map((record) => [record.request.marker, record]));
  const repeats: Repeat[] = [];
  for (const marker of calls.markers()) {
    const stages = Map.groupBy(calls.of(marker), ({ stage }) => stage);
    for (const [stage, made] of stages) {
      for (const [index, call] of made.entries()) {
        const before = made[index - 1];
        if (before === undefined) continue;
        const [run, next] = [byCaller.get(before.caller), byCaller.get(call.caller)];
        const reason = reasonFor(before, call, { run, next, incidents, record: byMarker.get(marker) });
        repeats.push({ marker, stage, reason, call, before });
      }
    }
  }
  return repeats;
}

interface Circumstances {
  /** Process runs of the worker that made the first call, and of the one that repeated it. */
  readonly run: ProcessRun | undefined;
  readonly next: ProcessRun | undefined;
  readonly incidents: readonly Incident[];
  readonly record: RequestRecord | undefined;
}

function reasonFor(
  before: ModelCall,
  call: ModelCall,
  { run, next, incidents, record }: Circumstances,
): Reason {
  if (run?.stopped && before.status === 'aborted') return 'its worker was stopped and handed it back';
  if (before.fault !== undefined || before.status === 'fault') return 'the model failed';
  const endedAt = before.endedAt ?? call.at;
  const endedRunAt = run?.endedAt ?? Number.POSITIVE_INFINITY;
  // The call is recorded by then, unless Redis was unavailable.
  const recordedAt = endedAt + REPORT_MS + unavailableMs(incidents, endedAt);
  if (run?.killed && endedRunAt >= before.at && endedRunAt <= Math.min(call.at, recordedAt))
    return 'its worker was killed';
  const during = (kind: string, from: number, to: number) =>
    incidents.some((one) => one.kind === kind && one.at <= to && (one.until ?? one.at) >= from);
  const hung = (process: string | undefined, from: number, to: number) =>
    incidents.some((one) => one.kind === 'hung' && one.process === process && one.at <= to && one.at >= from);
  // A worker that resumes may start a call before it detects that it lost the lock.
  const resumed = incidents.some(
    ({ kind, process, until }) =>
      kind === 'hung' && process === next?.process && Math.abs((until ?? 0) - call.at) < REPORT_MS,
  );
  if (hung(run?.process, before.at - 1_000, recordedAt) || resumed)
    return 'its worker hung for longer than its lock';
  const outages = incidents.filter(
    ({ kind, at, until }) => kind === 'away' && (until ?? at) - at >= LOCK_MS - RENEWAL_MS,
  );
  if (outages.some(({ at, until }) => at <= endedAt && (until ?? at) >= before.at - RECOVERY_MS))
    return 'Redis was unavailable for longer than a lock';
  if (during('loss', before.at, endedAt + UNWRITTEN_MS)) return 'Redis lost what was recorded';
  const resubmitted = record?.jobs.slice(1).some(({ acceptedAt }) => acceptedAt <= call.at + REPORT_MS);
  if (resubmitted) return 'its job was lost and submitted again';
  return 'unexplained';
}

/** Time during which Redis was unavailable from `from` on, in ms. */
function unavailableMs(incidents: readonly Incident[], from: number): number {
  const away = incidents.filter(
    ({ kind, at, until }) => kind === 'away' && at <= from + REPORT_MS && (until ?? from) >= from,
  );
  return Math.max(0, ...away.map(({ until }) => (until ?? from) - from));
}
