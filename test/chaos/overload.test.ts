import { expect, inject, test } from 'vitest';
import { leaksIn } from './accounts/leaks.ts';
import { crowd } from './crowd.ts';
import { overload } from './overload.ts';

const isPossible = inject('redisKind') !== 'embedded';

test.runIf(isPossible)(
  'what is too much is refused, health is told all the while, and memory comes back',
  async () => {
    const { asked, served, shed, odd, slowestHealthMs, before, after } = await overload(3);
    expect(odd).toEqual([]);
    expect(served + shed).toBe(asked);
    expect(Math.min(served, shed)).toBeGreaterThan(0);
    expect(slowestHealthMs).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(leaksIn(before, after)).toEqual([]);
  },
  180_000,
);

test.runIf(isPossible)(
  'many who wait and many who follow are all served by one API',
  async () => {
    const { odd, before, after } = await crowd(200);
    expect(odd).toEqual([]);
    expect(leaksIn(before, after)).toEqual([]);
  },
  180_000,
);
