import { KINDS } from '../request.ts';
import type { Account } from './account.ts';
import { REASONS } from './repeats.ts';

type Row = readonly [what: string, figure: string | number];

/** The account as a table of Markdown. */
export function tableOf(account: Account): string {
  const { entries, repeats } = account;
  const accepted = entries.filter(({ jobs }) => jobs.length > 0);
  const over = accepted.filter(({ job }) => job !== null);
  const count = (of: typeof entries, fits: (entry: (typeof entries)[number]) => boolean) =>
    of.filter(fits).length;
  const refusals = Map.groupBy(
    entries.flatMap((entry) => entry.refusals),
    (type) => type,
  );
  const codes = Map.groupBy(
    over.filter(({ job }) => job?.status === 'failed'),
    ({ job }) => job?.problem?.type ?? '?',
  );
  const rows: Row[] = [
    ['seconds', account.seconds.toFixed(0)],
    ['requests', entries.length],
    ...KINDS.map((kind): Row => [`– ${kind}`, count(entries, ({ asked }) => asked.kind === kind)]),
    ['accepted', accepted.length],
    ...[...refusals].map(([type, all]): Row => [`refused for now, then asked again: ${type}`, all.length]),
    ['connections broken while asking or waiting', entries.reduce((sum, { broken }) => sum + broken, 0)],
    ['completed', count(over, ({ job }) => job?.status === 'completed')],
    [
      '– of these degraded, and said so',
      count(over, ({ job }) => job?.status === 'completed' && job.degraded.length > 0),
    ],
    ...[...codes].map(([type, all]): Row => [`failed: ${type}`, all.length]),
    ['hung', account.hung.length],
    [
      'vanished with what Redis lost, then asked again',
      accepted.flatMap(({ jobs }) => jobs).filter(({ vanishedAt }) => vanishedAt !== null).length,
    ],
    ['results wrong', account.wrong.length],
    ['model calls wanted', account.wanted],
    ['model calls made', account.made],
    ...REASONS.map(
      (reason): Row => [`– repeated: ${reason}`, repeats.filter((one) => one.reason === reason).length],
    ),
    ['processes told to stop, ended as they should', account.drains.length],
    ['last end after the last fault, s', (account.settledAfterMs / 1_000).toFixed(1)],
  ];
  return ['| | |', '|---|---:|', ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)].join('\n');
}
