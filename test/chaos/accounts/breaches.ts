import type { Account } from './account.ts';
import { leaksIn } from './leaks.ts';

/** The promises that were not kept, one line each. */
export function breachesOf(account: Account): string[] {
  const { entries, hung, gone, wrong, repeats, drains, before, after } = account;
  const unexplained = repeats.filter(({ reason }) => reason === 'unexplained');
  return [
    ...hung.map(({ asked, jobs }) => `${asked.marker} (job ${jobs.at(-1)?.id}) has no end`),
    ...gone.map((id) => `job ${id} is gone, though Redis lost nothing`),
    ...entries
      .filter(({ jobs }) => jobs.length === 0)
      .map(({ asked }) => `${asked.marker} was never accepted, though it was asked to the end`),
    ...wrong.map(({ marker, what }) => `${marker}: ${what}`),
    ...unexplained.map(
      ({ marker, stage, call, before }) =>
        `${marker}: ${stage} was paid for again without need: ${JSON.stringify({ before, call })}`,
    ),
    ...drains
      .filter(({ outcome, cutShort }) => outcome !== (cutShort ? 1 : 0))
      .map(({ unit, outcome }) => `${unit} was told to stop and ended with ${outcome}`),
    ...leaksIn(before, after),
  ];
}
