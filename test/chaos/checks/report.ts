import type { History, RequestRecord } from '../client/history.ts';
import type { References } from '../client/references.ts';
import { KINDS } from '../client/requests.ts';
import type { ProcessRun } from '../system/process.ts';
import type { System } from '../system/system.ts';
import type { SystemUsage } from '../system/usage.ts';
import { findLeaks } from './leaks.ts';
import { findRepeatedCalls, REASONS, type Repeat } from './repeated-calls.ts';
import { checkResult } from './results.ts';

/** Outcome of all requests and model calls of a campaign. */
export interface Report {
  readonly seconds: number;
  readonly records: readonly RequestRecord[];
  /** Accepted requests whose job did not finish. */
  readonly unfinished: readonly RequestRecord[];
  /** Ids of jobs that disappeared although Redis lost no data since they were accepted. */
  readonly lostJobs: readonly string[];
  /** Invalid responses and results by the marker of their request. */
  readonly errors: readonly { readonly marker: string; readonly what: string }[];
  /** Model calls that were necessary: one for every stage that started. */
  readonly expectedCalls: number;
  readonly calls: number;
  readonly repeats: readonly Repeat[];
  /** Time from the last fault to the last finished job, in ms. */
  readonly lastFinishMs: number;
  /** Process runs that received SIGTERM. */
  readonly stoppedRuns: readonly ProcessRun[];
  /** Resource usage before the load and after all jobs were removed. */
  readonly before: SystemUsage;
  readonly after: SystemUsage;
  /** Folder with the output of the processes. */
  readonly dir: string;
}

interface Campaign {
  readonly system: System;
  readonly history: History;
  readonly references: References;
  readonly startedAt: number;
  readonly lastFaultAt: number;
  readonly before: SystemUsage;
  readonly after: SystemUsage;
}

export function createReport({
  system,
  history,
  references,
  startedAt,
  lastFaultAt,
  ...usage
}: Campaign): Report {
  const { records } = history;
  const runs = [...system.workers, ...system.apis].flatMap((process) => process.runs);
  const repeats = findRepeatedCalls(system.calls, history, runs);
  const calls = [...system.calls.markers()].reduce((sum, marker) => sum + system.calls.of(marker).length, 0);
  return {
    seconds: (lastFaultAt - startedAt) / 1_000,
    records,
    unfinished: records.filter(({ jobs, job }) => jobs.length > 0 && job === null),
    lostJobs: findLostJobs(history),
    errors: records.flatMap((record) =>
      checkResult(record, references).map((what) => ({ marker: record.request.marker, what })),
    ),
    expectedCalls: calls - repeats.length,
    calls,
    repeats,
    lastFinishMs: Math.max(0, ...records.map(({ finishedAt }) => (finishedAt ?? 0) - lastFaultAt)),
    stoppedRuns: runs.filter(({ stopped, stoppedTwice }) => stopped || stoppedTwice),
    ...usage,
    dir: system.dir,
  };
}

/** Redis may lose writes of the last second before a crash, and jobs accepted in it. In ms, with a margin. */
const UNWRITTEN_MS = 3_000;

const findLostJobs = ({ records, incidents }: History) =>
  records
    .flatMap(({ jobs }) => jobs)
    .filter(
      ({ sentAt, vanishedAt }) =>
        vanishedAt !== null &&
        !incidents.some(
          ({ kind, at, until }) =>
            kind === 'loss' && at <= vanishedAt && (until ?? at) >= sentAt - UNWRITTEN_MS,
        ),
    )
    .map(({ id }) => id);

/** The violated guarantees, one line each. */
export function findViolations(report: Report): string[] {
  const { records, unfinished, lostJobs, errors, repeats, stoppedRuns, before, after } = report;
  const unexplained = repeats.filter(({ reason }) => reason === 'unexplained');
  return [
    ...unfinished.map(({ request, jobs }) => `${request.marker} (job ${jobs.at(-1)?.id}) did not finish`),
    ...lostJobs.map((id) => `job ${id} disappeared although Redis lost no data`),
    ...records
      .filter(({ jobs }) => jobs.length === 0)
      .map(({ request }) => `${request.marker} was never accepted`),
    ...errors.map(({ marker, what }) => `${marker}: ${what}`),
    ...unexplained.map(
      ({ marker, stage, call, before }) =>
        `${marker}: ${stage} was called again without need: ${JSON.stringify({ before, call })}`,
    ),
    ...stoppedRuns
      .filter(({ exit, stoppedTwice }) => exit !== (stoppedTwice ? 1 : 0))
      .map(({ process, exit }) => `${process} received SIGTERM and exited with ${exit}`),
    ...findLeaks(before, after),
  ];
}

type Row = readonly [what: string, figure: string | number];

/** The report as a Markdown table. */
export function reportTable(report: Report): string {
  const { records, repeats } = report;
  const accepted = records.filter(({ jobs }) => jobs.length > 0);
  const finished = accepted.filter(({ job }) => job !== null);
  const count = (of: typeof records, fits: (record: (typeof records)[number]) => boolean) =>
    of.filter(fits).length;
  const refusals = Map.groupBy(
    records.flatMap((record) => record.refusals),
    (type) => type,
  );
  const codes = Map.groupBy(
    finished.filter(({ job }) => job?.status === 'failed'),
    ({ job }) => job?.problem?.type ?? '?',
  );
  const rows: Row[] = [
    ['seconds', report.seconds.toFixed(0)],
    ['requests', records.length],
    ...KINDS.map((kind): Row => [`– ${kind}`, count(records, ({ request }) => request.kind === kind)]),
    ['accepted', accepted.length],
    ...[...refusals].map(([type, all]): Row => [`refused, then retried: ${type}`, all.length]),
    ['broken connections', records.reduce((sum, { brokenConnections }) => sum + brokenConnections, 0)],
    ['completed', count(finished, ({ job }) => job?.status === 'completed')],
    [
      '– of these degraded',
      count(finished, ({ job }) => job?.status === 'completed' && job.degraded.length > 0),
    ],
    ...[...codes].map(([type, all]): Row => [`failed: ${type}`, all.length]),
    ['unfinished', report.unfinished.length],
    [
      'lost by Redis, then submitted again',
      accepted.flatMap(({ jobs }) => jobs).filter(({ vanishedAt }) => vanishedAt !== null).length,
    ],
    ['errors', report.errors.length],
    ['model calls expected', report.expectedCalls],
    ['model calls made', report.calls],
    ...REASONS.map(
      (reason): Row => [`– repeated: ${reason}`, repeats.filter((one) => one.reason === reason).length],
    ),
    ['processes stopped by SIGTERM', report.stoppedRuns.length],
    ['last job finished after the last fault, s', (report.lastFinishMs / 1_000).toFixed(1)],
  ];
  return ['| | |', '|---|---:|', ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)].join('\n');
}
