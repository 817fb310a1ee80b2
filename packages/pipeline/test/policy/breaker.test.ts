import { call, failure } from '@codegen/testing/runs/records';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACCOUNT_BREAKER,
  afterCall,
  type Breaker,
  type BreakerPolicy,
  breakerState,
  cancelTrial,
  isOnTrial,
  MODEL_BREAKER,
  startTrial,
  type Verdict,
  type Verdicts,
  verdictsOf,
} from '../../src/policy/breaker.ts';
import { DEFAULT_RETRY } from '../../src/policy/model-selection.ts';
import { FAILURE_CODES, type FailureCode } from '../../src/run/failure.ts';

const policy: BreakerPolicy = {
  failures: 3,
  windowMs: 1_000,
  pauseMs: 100,
  longestPauseMs: 300,
  trialMs: 50,
};
const down = failure();
const after = (breaker: Breaker | null, verdict: Verdict, startedAt: number, now = startedAt) =>
  afterCall(breaker, verdict, { startedAt, failure: verdict === 'healthy' ? null : down }, now, policy);
const failed = (...times: number[]) =>
  times.reduce<Breaker | null>((breaker, at) => after(breaker, 'failing', at), null);
/** Opened at 2 ms, for 100 ms. */
const opened = failed(0, 1, 2) as Breaker;

describe('a closed breaker', () => {
  test('opens after the configured number of consecutive failures', () => {
    expect(breakerState(failed(0, 1), 1)).toBe('closed');
    expect(opened).toEqual({
      failures: 3,
      opened: 1,
      since: 2,
      until: 102,
      trialUntil: 0,
      lastFailure: down,
    });
    expect(breakerState(opened, 101)).toBe('open');
  });

  test('forgets its failures when a call succeeds', () => {
    expect(after(failed(0, 1), 'healthy', 1)).toBeNull();
    expect(after(null, 'healthy', 1)).toBeNull();
  });

  test('keeps its failures when a call that started before them succeeds', () => {
    const breaker = failed(5, 6);
    expect(after(breaker, 'healthy', 4, 7)).toBe(breaker);
  });

  test('counts from one again when failures are too far apart', () => {
    expect(failed(0, 1, 1_001)).toMatchObject({ failures: 1, opened: 0, since: 1_001 });
  });

  test('ignores neutral calls', () => {
    const breaker = failed(0, 1);
    expect(after(breaker, 'neutral', 2)).toBe(breaker);
    expect(after(null, 'neutral', 2)).toBeNull();
  });
});

describe('an open breaker', () => {
  test('counts doubtful failures, which a closed one does not', () => {
    expect(after(null, 'doubtful', 0)).toBeNull();
    const closed = failed(0, 1);
    expect(after(closed, 'doubtful', 2)).toBe(closed);
    const onTrial = startTrial(opened, 102, policy);
    expect(after(onTrial, 'doubtful', 102, 110)).toMatchObject({ opened: 2, until: 310 });
  });

  test('is not extended by calls that started before it opened or during the pause', () => {
    expect(after(opened, 'failing', 1, 50)).toBe(opened);
    expect(after(opened, 'failing', 3, 50)).toBe(opened);
  });

  test('is not closed by calls that started before it opened', () => {
    expect(after(opened, 'healthy', 1, 50)).toBe(opened);
  });

  test('allows one trial call after the pause', () => {
    expect(breakerState(opened, 102)).toBe('half-open');
    expect(isOnTrial(opened, 102)).toBe(false);
    const onTrial = startTrial(opened, 102, policy);
    expect(isOnTrial(onTrial, 151)).toBe(true);
    // The trial call was lost with its worker.
    expect(isOnTrial(onTrial, 152)).toBe(false);
    expect(breakerState(onTrial, 152)).toBe('half-open');
  });

  test('closes when the trial call succeeds', () => {
    expect(after(startTrial(opened, 102, policy), 'healthy', 102, 110)).toBeNull();
  });

  test('doubles the pause each time the trial call fails, up to the longest pause', () => {
    let breaker = opened;
    const pauses = [1, 2, 3].map(() => {
      const at = breaker.until;
      breaker = after(startTrial(breaker, at, policy), 'failing', at, at + 10) as Breaker;
      return breaker.until - breaker.since;
    });
    expect(pauses).toEqual([200, 300, 300]);
    expect(breaker).toMatchObject({ opened: 4, trialUntil: 0 });
  });

  test('allows another trial call when the first was aborted or rate limited', () => {
    const again = after(startTrial(opened, 102, policy), 'neutral', 102, 110);
    expect(again).toEqual(opened);
    expect(breakerState(again, 110)).toBe('half-open');
    expect(cancelTrial(startTrial(opened, 102, policy))).toEqual(opened);
    expect(cancelTrial(opened)).toBe(opened);
    expect(cancelTrial(null)).toBeNull();
  });
});

/** Verdicts on the account, on the model for all callers, and on the model for the caller. */
const VERDICTS: Readonly<Record<FailureCode, readonly [Verdict, Verdict, Verdict]>> = {
  'rate-limited': ['neutral', 'neutral', 'neutral'],
  overloaded: ['neutral', 'failing', 'neutral'],
  timeout: ['neutral', 'doubtful', 'failing'],
  connection: ['neutral', 'failing', 'neutral'],
  'upstream-error': ['neutral', 'doubtful', 'failing'],
  'empty-answer': ['healthy', 'neutral', 'neutral'],
  truncated: ['healthy', 'healthy', 'healthy'],
  unparsable: ['healthy', 'healthy', 'healthy'],
  regression: ['healthy', 'healthy', 'healthy'],
  sandbox: ['neutral', 'neutral', 'neutral'],
  'unreadable-answer': ['healthy', 'healthy', 'healthy'],
  refused: ['neutral', 'neutral', 'neutral'],
  'too-long': ['neutral', 'neutral', 'neutral'],
  'request-rejected': ['neutral', 'neutral', 'neutral'],
  'no-such-model': ['neutral', 'failing', 'neutral'],
  'key-rejected': ['failing', 'neutral', 'neutral'],
  'wrong-base-url': ['neutral', 'neutral', 'neutral'],
  'no-credit': ['failing', 'neutral', 'neutral'],
  'worker-lost': ['neutral', 'neutral', 'neutral'],
  'record-lost': ['neutral', 'neutral', 'neutral'],
  aborted: ['neutral', 'neutral', 'neutral'],
  deadline: ['neutral', 'neutral', 'neutral'],
  budget: ['neutral', 'neutral', 'neutral'],
  'skipped-by-caller': ['neutral', 'neutral', 'neutral'],
  internal: ['neutral', 'neutral', 'neutral'],
};

const listed = ({ account, model, callerModel }: Verdicts) => [account, model, callerModel];

describe('the verdict of a call', () => {
  const intents = { 'key-rejected': 'failRun', 'no-credit': 'failRun', 'wrong-base-url': 'failRun' } as const;
  const failedWith = (code: FailureCode) =>
    call('m', failure({ code, intent: intents[code as keyof typeof intents] ?? 'retry' }));

  test('is healthy for a call that succeeded', () => {
    expect(listed(verdictsOf(call('m', null)))).toEqual(['healthy', 'healthy', 'healthy']);
  });

  test.each(FAILURE_CODES)('is defined for a call that failed as %s', (code) => {
    expect(listed(verdictsOf(failedWith(code)))).toEqual(VERDICTS[code]);
  });

  test.each(['timeout', 'connection'] as const)(
    'says nothing about the model if it was writing until the call ended: %s',
    (code) => {
      const verdicts = verdictsOf(call('m', failure({ code, modelWorked: true })));
      expect(listed(verdicts)).toEqual(['healthy', 'neutral', 'neutral']);
    },
  );
});

describe('answers that no stage can use', () => {
  test.each(['empty-answer', 'unreadable-answer', 'truncated'] as const)(
    'never open a breaker: %s',
    (code) => {
      let breaker: Breaker | null = null;
      for (let at = 0; at < 100; at++) {
        const ended = { ...call('m', failure({ code })), startedAt: at };
        breaker = afterCall(breaker, verdictsOf(ended).model, ended, at, MODEL_BREAKER);
      }
      expect(breaker).toBeNull();
    },
  );

  test('do not hide an outage when they are empty', () => {
    const empty = { ...call('m', failure({ code: 'empty-answer' })), startedAt: 5 };
    const breaker = failed(0, 1);
    expect(afterCall(breaker, verdictsOf(empty).model, empty, 6, policy)).toBe(breaker);
  });
});

test('never pauses longer than the longest pause, and closes with one success after it', () => {
  const steps = fc.array(
    fc.record({
      verdict: fc.constantFrom<Verdict>('healthy', 'failing', 'neutral'),
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
        if (breaker !== null && breakerState(breaker, now) === 'half-open' && !isOnTrial(breaker, now))
          breaker = startTrial(breaker, now, policy);
        breaker = after(breaker, verdict, now, now + lasts);
        now += lasts;
        if (breaker === null) continue;
        expect(breaker.until - breaker.since).toBeLessThanOrEqual(policy.longestPauseMs);
        expect(after(breaker, 'healthy', Math.max(now, breaker.until))).toBeNull();
      }
    }),
  );
});

test('by default a stage waits longer than the longest pause and the trial call', () => {
  const { longestPauseMs, trialMs } = MODEL_BREAKER;
  expect(longestPauseMs + trialMs).toBeLessThan(DEFAULT_RETRY.longestWaitMs);
  // The calls of one stage alone cannot open the breaker.
  expect(MODEL_BREAKER.failures).toBeGreaterThan(DEFAULT_RETRY.tries);
  expect(ACCOUNT_BREAKER.failures).toBe(1);
});
