import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, inject, test } from 'vitest';
import { findLeaks } from './checks/leaks.ts';
import { runCrowd } from './crowd.ts';
import { runOverload } from './overload.ts';

const isPossible = inject('redisKind') !== 'embedded';

test.runIf(isPossible)(
  'refuses excess requests, answers health checks and releases its memory under overload',
  async () => {
    const { sent, served, shed, unexpected, slowestHealthMs, before, after } = await runOverload(3);
    expect(unexpected).toEqual([]);
    expect(served + shed).toBe(sent);
    expect(Math.min(served, shed)).toBeGreaterThan(0);
    expect(slowestHealthMs).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(findLeaks(before, after)).toEqual([]);
  },
  5 * HANG_MS,
);

test.runIf(isPossible)(
  'serves 200 waiting requests and 200 event streams with one API process',
  async () => {
    const { unexpected, before, after } = await runCrowd(200);
    expect(unexpected).toEqual([]);
    expect(findLeaks(before, after)).toEqual([]);
  },
  5 * HANG_MS,
);
