import { mean } from '../report/statistics.ts';
import { isOnce } from '../systems/systems.ts';
import type { Attempt } from './attempt.ts';

const firstSamples = (attempts: readonly Attempt[], system: string) =>
  attempts.filter((one) => one.system === system && one.sample === 0);

/** The single model that passes most tasks; of several, the cheapest. Undefined without attempts. */
export function bestOnce(attempts: readonly Attempt[]): string | undefined {
  const names = [...new Set(attempts.map(({ system }) => system).filter(isOnce))];
  const scored = names.map((name) => {
    const own = firstSamples(attempts, name);
    return {
      name,
      passed: own.filter(({ passed }) => passed).length,
      cost: mean(own.map(({ cost }) => cost ?? 0)),
    };
  });
  return scored.toSorted((a, b) => b.passed - a.passed || a.cost - b.cost)[0]?.name;
}

/**
 * Samples of a single model that cost what the pipeline costs, by the mean costs of both; by their calls if the server reports no
 * costs.
 */
export function samplesFor(attempts: readonly Attempt[], once: string, pipeline: string): number {
  const [single, whole] = [once, pipeline].map((name) => firstSamples(attempts, name)) as [
    Attempt[],
    Attempt[],
  ];
  const costs = [single, whole].map((own) => mean(own.map(({ cost }) => cost ?? 0))) as [number, number];
  const calls = [single, whole].map((own) => mean(own.map((one) => one.calls))) as [number, number];
  const [one, all] = costs[0] > 0 && costs[1] > 0 ? costs : calls;
  return one > 0 ? Math.max(1, Math.round(all / one)) : 1;
}

/** The sample whose results on the hidden inputs most samples share; of several, the first. The expected values are not used. */
export function majority(samples: readonly Attempt[]): Attempt | undefined {
  const ordered = samples.toSorted((a, b) => a.sample - b.sample);
  const loaded = ordered.filter(({ outputs }) => outputs !== null);
  const groups = [...Map.groupBy(loaded, ({ outputs }) => outputs).values()];
  return groups.toSorted((a, b) => b.length - a.length)[0]?.[0] ?? ordered[0];
}
