import type { Account } from './account.ts';

/** The promises that were not kept, one line each. */
export function breachesOf({ entries, hung, wrong, repeats, drains }: Account): string[] {
  const unexplained = repeats.filter(({ reason }) => reason === 'unexplained');
  return [
    ...hung.map(({ asked, jobs }) => `${asked.marker} (job ${jobs.at(-1)?.id}) has no end`),
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
  ];
}
