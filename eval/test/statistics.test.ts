import { describe, expect, test } from 'vitest';
import { expectedRight } from '../src/report/selection.ts';
import { bootstrapMean, mcnemar, mean, median, wilson } from '../src/report/statistics.ts';
import type { Attempt } from '../src/run/attempt.ts';
import { bestOnce, majority, samplesFor } from '../src/run/equal-cost.ts';

describe('statistics', () => {
  test('Wilson’s interval has the published values', () => {
    const rounded = ({ low, high }: { low: number; high: number }) => [low.toFixed(4), high.toFixed(4)];
    expect(rounded(wilson(8, 10))).toEqual(['0.4902', '0.9433']);
    expect(rounded(wilson(0, 10))).toEqual(['0.0000', '0.2775']);
    // Newcombe 1998, table I.
    expect(rounded(wilson(81, 263))).toEqual(['0.2553', '0.3662']);
    expect(rounded(wilson(1, 29))).toEqual(['0.0061', '0.1718']);
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });

  test('McNemar’s exact test is the two-sided binomial test', () => {
    expect(mcnemar(1, 9)).toBeCloseTo(0.021484, 6);
    expect(mcnemar(9, 1)).toBeCloseTo(0.021484, 6);
    expect(mcnemar(5, 5)).toBe(1);
    expect(mcnemar(0, 0)).toBe(1);
    expect(mcnemar(0, 5)).toBeCloseTo(0.0625, 6);
  });

  test('the bootstrap agrees with the normal interval of a mean, and repeats', () => {
    const differences = Array.from({ length: 200 }, (_, index) => (index < 60 ? 1 : index < 80 ? -1 : 0));
    const error = 1.96 * Math.sqrt((0.4 - 0.04) / 200);
    const { low, high } = bootstrapMean(differences);
    expect(low).toBeCloseTo(0.2 - error, 1);
    expect(high).toBeCloseTo(0.2 + error, 1);
    expect(bootstrapMean(differences)).toEqual({ low, high });
    expect(bootstrapMean([])).toEqual({ low: 0, high: 0 });
  });

  test('mean and median', () => {
    expect([mean([1, 2, 6]), mean([]), median([3, 1, 2]), median([4, 1]), median([])]).toEqual([
      3, 0, 2, 2.5, 0,
    ]);
  });

  test('two shown mistakes decide, and the reviewer decides otherwise', () => {
    const rates = { reviewer: 0.6, coverage: 0.5, wrongCase: 0 };
    expect(expectedRight({ fails: 2 }, false, rates)).toBe(0.6);
    expect(expectedRight({ fails: 1 }, true, rates)).toBeCloseTo(0.6);
    expect(expectedRight({ fails: 2 }, true, rates)).toBeCloseTo(0.25 + 0.75 * 0.6);
  });
});

describe('samples at equal cost', () => {
  const attempt = (system: string, sample: number, more: Partial<Attempt>): Attempt => ({
    task: 'a',
    system,
    sample,
    passed: false,
    why: 'tests',
    outputs: 'x',
    cost: 0.01,
    calls: 1,
    ms: 1,
    degraded: [],
    selection: null,
    ...more,
  });

  test('the best single model passes most; of equals it is the cheapest', () => {
    const attempts = [
      attempt('once:a', 0, { passed: true, cost: 0.02 }),
      attempt('once:b', 0, { passed: true }),
      attempt('once:c', 0, {}),
      attempt('verified', 0, { passed: true, cost: 0.001 }),
    ];
    expect(bestOnce(attempts)).toBe('once:b');
    expect(bestOnce([])).toBeUndefined();
  });

  test('the number of samples follows from the costs, or else from the calls', () => {
    const pair = (cost: number | null) => [
      attempt('once:a', 0, { cost }),
      attempt('verified', 0, { cost: cost && 0.074, calls: 6 }),
    ];
    expect(samplesFor(pair(0.01), 'once:a', 'verified')).toBe(7);
    expect(samplesFor(pair(null), 'once:a', 'verified')).toBe(6);
  });

  test('the majority is the first sample of the largest group; programs that do not load have no vote', () => {
    const samples = [null, null, null, 'x', 'y', 'y'].map((outputs, index) =>
      attempt('once:a', index, { outputs }),
    );
    expect(majority(samples)?.sample).toBe(4);
    expect(majority(samples.slice(0, 2))?.sample).toBe(0);
  });
});
