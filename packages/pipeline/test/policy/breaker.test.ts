import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACCOUNT_BREAKER,
  afterCall,
  type Breaker,
  type BreakerPolicy,
  MODEL_BREAKER,
  probe,
  standingOf,
  unprobe,
  type Verdict,
  verdictOnAccount,
  verdictOnModel,
} from '../../src/policy/breaker.ts';
import { DEFAULT_RETRY } from '../../src/policy/model-selection.ts';
import type { FailureCode } from '../../src/run/failure.ts';
import { call, failure } from '../fixtures.ts';

const policy: BreakerPolicy = {
  failures: 3,
  windowMs: 1_000,
  pauseMs: 100,
  longestPauseMs: 300,
  probeMs: 50,
};
const down = failure();
const after = (breaker: Breaker | null, verdict: Verdict, startedAt: number, now = startedAt) =>
  afterCall(breaker, verdict, { startedAt, failure: verdict === 'sound' ? null : down }, now, policy);
const failed = (...times: number[]) =>
  times.reduce<Breaker | null>((breaker, at) => after(breaker, 'failing', at), null);
/** Opened at 2, for 100 ms. */
const opened = failed(0, 1, 2) as Breaker;

describe('a closed breaker', () => {
  test('opens with the last of so many failures in a row', () => {
    expect(standingOf(failed(0, 1), 1)).toBe('closed');
    expect(opened).toEqual({ failures: 3, opened: 1, since: 2, until: 102, probing: 0, failure: down });
    expect(standingOf(opened, 101)).toBe('open');
  });

  test('forgets them with the first call that succeeds', () => {
    expect(after(failed(0, 1), 'sound', 1)).toBeNull();
    expect(after(null, 'sound', 1)).toBeNull();
  });

  test('does not for a call that was begun before them', () => {
    const breaker = failed(5, 6);
    expect(after(breaker, 'sound', 4, 7)).toBe(breaker);
  });

  test('begins anew when they lie too far apart', () => {
    expect(failed(0, 1, 1_001)).toMatchObject({ failures: 1, opened: 0, since: 1_001 });
  });

  test('is not moved by what says nothing', () => {
    const breaker = failed(0, 1);
    expect(after(breaker, 'nothing', 2)).toBe(breaker);
    expect(after(null, 'nothing', 2)).toBeNull();
  });
});

describe('an open breaker', () => {
  test('is not prolonged by calls that were under way', () => {
    expect(after(opened, 'failing', 1, 50)).toBe(opened);
    expect(after(opened, 'failing', 3, 50)).toBe(opened);
  });

  test('is not closed by calls that were begun before it opened', () => {
    expect(after(opened, 'sound', 1, 50)).toBe(opened);
  });

  test('lets one call find out when the pause is over', () => {
    expect(standingOf(opened, 102)).toBe('due');
    const probing = probe(opened, 102, policy);
    expect(standingOf(probing, 151)).toBe('probing');
    // It was lost with its worker.
    expect(standingOf(probing, 152)).toBe('due');
  });

  test('closes when that call succeeds', () => {
    expect(after(probe(opened, 102, policy), 'sound', 102, 110)).toBeNull();
  });

  test('pauses for twice as long each time it fails, up to a bound', () => {
    let breaker = opened;
    const pauses = [1, 2, 3].map(() => {
      const at = breaker.until;
      breaker = after(probe(breaker, at, policy), 'failing', at, at + 10) as Breaker;
      return breaker.until - breaker.since;
    });
    expect(pauses).toEqual([200, 300, 300]);
    expect(breaker).toMatchObject({ opened: 4, probing: 0 });
  });

  test('lets the next call find out when that one was aborted or stopped by a rate limit', () => {
    const again = after(probe(opened, 102, policy), 'nothing', 102, 110);
    expect(again).toEqual(opened);
    expect(standingOf(again, 110)).toBe('due');
    expect(unprobe(probe(opened, 102, policy))).toEqual(opened);
    expect(unprobe(opened)).toBe(opened);
    expect(unprobe(null)).toBeNull();
  });
});

describe('a call', () => {
  const verdicts = (codes: readonly FailureCode[], verdictOn: typeof verdictOnModel) =>
    new Set(codes.map((code) => verdictOn(call('m', failure({ code })))));

  test('tells of its model', () => {
    expect(verdictOnModel(call('m', null))).toBe('sound');
    const failing = ['overloaded', 'timeout', 'connection', 'upstream-error', 'no-such-model'] as const;
    expect(verdicts([...failing, 'empty-answer'], verdictOnModel)).toEqual(new Set(['failing']));
    expect(verdicts(['truncated', 'unreadable-answer'], verdictOnModel)).toEqual(new Set(['sound']));
    const elsewhere = [
      'rate-limited',
      'aborted',
      'worker-lost',
      'internal',
      'refused',
      'key-rejected',
    ] as const;
    expect(verdicts([...elsewhere, 'too-long'], verdictOnModel)).toEqual(new Set(['nothing']));
  });

  test('tells of its account', () => {
    expect(verdictOnAccount(call('m', null))).toBe('sound');
    expect(verdictOnAccount(call('m', failure({ intent: 'failRun', code: 'no-credit' })))).toBe('failing');
    expect(verdicts(['truncated'], verdictOnAccount)).toEqual(new Set(['sound']));
    expect(verdicts(['overloaded', 'connection', 'aborted'], verdictOnAccount)).toEqual(new Set(['nothing']));
  });
});

test('whatever happens, a pause is never longer than its bound, and one success after it closes', () => {
  const steps = fc.array(
    fc.record({
      verdict: fc.constantFrom<Verdict>('sound', 'failing', 'nothing'),
      lasts: fc.nat(200),
      passes: fc.nat(400),
    }),
  );
  fc.assert(
    fc.property(steps, (all) => {
      let breaker: Breaker | null = null;
      let now = 0;
      for (const { verdict, lasts, passes } of all) {
        now += passes;
        if (breaker !== null && standingOf(breaker, now) === 'due') breaker = probe(breaker, now, policy);
        breaker = after(breaker, verdict, now, now + lasts);
        now += lasts;
        if (breaker === null) continue;
        expect(breaker.until - breaker.since).toBeLessThanOrEqual(policy.longestPauseMs);
        expect(after(breaker, 'sound', Math.max(now, breaker.until))).toBeNull();
      }
    }),
  );
});

test('by default a role with one model outlasts the longest pause and the call that finds out', () => {
  const { longestPauseMs, probeMs } = MODEL_BREAKER;
  expect(longestPauseMs + probeMs).toBeLessThan(DEFAULT_RETRY.longestWaitMs);
  // One stage alone cannot open it with the calls it has.
  expect(MODEL_BREAKER.failures).toBeGreaterThan(DEFAULT_RETRY.tries);
  expect(ACCOUNT_BREAKER.failures).toBe(1);
});
