import { call, failure } from '@codegen/testing/runs/records';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_RETRY,
  nextCall,
  type RetryPolicy,
  type SelectionInput,
} from '../../src/policy/model-selection.ts';
import type { Failure } from '../../src/run/failure.ts';
import type { Call } from '../../src/run/record.ts';
import { unavailable } from '../fixtures.ts';

const policy: RetryPolicy = { tries: 3, baseDelayMs: 1_000, fallbackAfterMs: 10_000, longestWaitMs: 120_000 };
const after = (calls: readonly Call[], overrides: Partial<SelectionInput> = {}) =>
  nextCall({
    calls,
    models: ['main', 'spare'],
    cooldowns: new Map(),
    policy,
    now: 0,
    jitter: 1,
    ...overrides,
  });
const failed = (model: string, overrides: Partial<Failure> = {}, record: Partial<Call> = {}) =>
  call(model, failure(overrides), record);

test('a call that began in the future delays nothing', () => {
  const tomorrow = failed('main', { retryAfterMs: 1_000 }, { startedAt: 86_400_000 });
  expect(after([tomorrow], { models: ['main'] })).toEqual({ kind: 'call', model: 'main', at: 0 });
});

describe('an end', () => {
  test.each(['giveUp', 'failRun'] as const)('comes at once after a failure to %s', (intent) => {
    const last = failure({ intent, code: 'key-rejected' });
    expect(after([failed('main'), call('main', last)])).toEqual({ kind: 'end', failure: last });
  });

  test('comes when no model has tries left, with the last failure', () => {
    const last = failure({ intent: 'nextModel', code: 'refused' });
    expect(after([failed('main', { intent: 'nextModel' }), call('spare', last)])).toEqual({
      kind: 'end',
      failure: last,
    });
  });

  test('comes when no model is available within longestWaitMs, with the last failure', () => {
    const last = failure({ code: 'rate-limited', retryAfterMs: 120_001 });
    const message = 'try later; no model of this role can be called before 00:03 UTC';
    expect(after([call('main', last)], { models: ['main'] })).toEqual({
      kind: 'end',
      failure: { ...last, message },
    });
  });

  test('names the cause of a cooldown that is not the last failure', () => {
    const last = failure({ intent: 'nextModel', code: 'timeout', message: 'too slow' });
    const end = (cause: string) => {
      const cooldowns = unavailable({ spare: 130_000 }, cause);
      return after([call('main', last)], { cooldowns }) as { failure: Failure };
    };
    expect(end('rate-limited: slow down').failure).toEqual({
      ...last,
      message: 'too slow; no model of this role can be called before 00:03 UTC (rate-limited: slow down)',
    });
    expect(end('timeout: too slow').failure.message).toMatch(/before 00:03 UTC$/);
  });

  test('comes without a call when all models cool down for longer', () => {
    const cooldowns = new Map([
      ...unavailable({ spare: 999_999 }, 'rate-limited: free-models-per-day'),
      ...unavailable({ main: 120_001 }),
    ]);
    const message = 'every model of this role is cooling down until 00:03 UTC (rate-limited: slow down)';
    expect(after([], { cooldowns })).toEqual({
      kind: 'end',
      failure: { intent: 'giveUp', code: 'rate-limited', message },
    });
  });

  test.each([
    ['in the same minute', 130_000, '00:03 UTC'],
    ['on a full minute', 180_000, '00:03 UTC'],
    ['tomorrow', 86_400_000, '1970-01-02 00:00 UTC'],
    ['after the end of time', Number.POSITIVE_INFINITY, '+275760-09-13 00:00 UTC'],
  ])('names the time at which a cooldown ends: %s', (_, until, time) => {
    const { failure } = after([], { models: ['main'], cooldowns: unavailable({ main: until }) }) as {
      failure: Failure;
    };
    expect(failure.message).toContain(`until ${time} (`);
  });

  test('comes when there is no model', () => {
    expect(after([], { models: [] }).kind).toBe('end');
  });
});

describe('a retry after the deadline', () => {
  const late = failed('main', { message: 'busy' });

  test('is not waited for', () => {
    expect(after([late], { models: ['main'], until: 999 })).toEqual({
      kind: 'end',
      failure: { ...late.failure, message: 'busy; the next try would have come too late for the deadline' },
    });
    expect(after([late], { models: ['main'], until: 1_000 })).toMatchObject({ kind: 'call', at: 1_000 });
  });

  test('is replaced by a call of a fallback model that is available in time', () => {
    expect(after([late], { until: 999 })).toEqual({ kind: 'call', model: 'spare', at: 0 });
  });

  test('is not the reason when no model is available anyway', () => {
    const cooldowns = unavailable({ main: 120_001 });
    const { failure } = after([], { models: ['main'], cooldowns, until: 10 }) as { failure: Failure };
    expect(failure.message).not.toContain('deadline');
  });
});

describe('a call', () => {
  test('goes to the main model first, at once', () => {
    expect(after([], { now: 5 })).toEqual({ kind: 'call', model: 'main', at: 5 });
  });

  test('is repeated with twice the delay each time', () => {
    expect(after([failed('main')])).toEqual({ kind: 'call', model: 'main', at: 1_000 });
    expect(after([failed('main'), failed('main')])).toEqual({ kind: 'call', model: 'main', at: 2_000 });
  });

  test('waits from the end of the one before it', () => {
    const calls = [failed('main', {}, { startedAt: 100, durationMs: 50 })];
    expect(after(calls, { now: 150 })).toMatchObject({ at: 1_150 });
    expect(after(calls, { now: 5_000 })).toMatchObject({ at: 5_000 });
  });

  test('is spread over the second half of its delay', () => {
    expect(after([failed('main')], { jitter: 0 })).toMatchObject({ at: 500 });
    expect(after([failed('main')], { jitter: 0.5 })).toMatchObject({ at: 750 });
  });

  test('goes to a fallback model when the main model has no tries left', () => {
    expect(after([failed('main'), failed('main'), failed('main')])).toMatchObject({ model: 'spare', at: 0 });
    expect(after([failed('main', { intent: 'nextModel' })])).toMatchObject({ model: 'spare', at: 0 });
  });

  test('waits no less than Retry-After says', () => {
    expect(after([failed('main', { retryAfterMs: 9_000 })])).toMatchObject({ model: 'main', at: 9_000 });
    expect(after([failed('main', { retryAfterMs: 1 })])).toMatchObject({ model: 'main', at: 1_000 });
  });

  test('goes to a fallback model when Retry-After exceeds fallbackAfterMs', () => {
    const calls = [failed('main', { retryAfterMs: 10_001 })];
    expect(after(calls)).toMatchObject({ model: 'spare', at: 0 });
    expect(after([...calls, failed('spare', { intent: 'nextModel' })])).toMatchObject({
      model: 'main',
      at: 10_001,
    });
  });

  test('waits for the model that is available first when all waits exceed fallbackAfterMs', () => {
    const calls = [failed('main', { retryAfterMs: 60_000 }), failed('spare', { retryAfterMs: 30_000 })];
    expect(after(calls)).toMatchObject({ model: 'spare', at: 30_000 });
  });

  test('waits for cooldowns', () => {
    expect(after([], { cooldowns: unavailable({ main: 10_000 }) })).toMatchObject({
      model: 'main',
      at: 10_000,
    });
    expect(after([], { cooldowns: unavailable({ main: 10_001 }) })).toMatchObject({ model: 'spare', at: 0 });
    expect(after([], { cooldowns: unavailable({ main: 5 }), now: 9 })).toMatchObject({
      model: 'main',
      at: 9,
    });
  });

  test.each(['aborted', 'worker-lost'] as const)('is not counted, nor waited after, if it was %s', (code) => {
    const calls = Array.from({ length: 9 }, () => failed('main', { code }));
    expect(after(calls)).toEqual({ kind: 'call', model: 'main', at: 0 });
  });
});

describe('with any failures', () => {
  const models = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 });
  const policies = fc.record({
    tries: fc.integer({ min: 1, max: 4 }),
    baseDelayMs: fc.nat(2_000),
    fallbackAfterMs: fc.nat(20_000),
    longestWaitMs: fc.integer({ min: 20_000, max: 200_000 }),
  });
  const failures = fc.record(
    {
      intent: fc.constantFrom('retry', 'nextModel', 'giveUp', 'failRun'),
      code: fc.constant('overloaded'),
      message: fc.constant(''),
      retryAfterMs: fc.nat(300_000),
    } as const,
    { requiredKeys: ['intent', 'code', 'message'] },
  );
  const cooldowns = fc
    .dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(300_000))
    .map((until) => unavailable(until));

  test('a stage ends within tries × models calls, none of them too early, too late or of a model without tries', () => {
    fc.assert(
      fc.property(
        models,
        policies,
        cooldowns,
        fc.infiniteStream(failures),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (names, rules, cooling, whatFails, spreads) => {
          const calls: Call[] = [];
          for (let now = 0; ; ) {
            const jitter = spreads.next().value;
            const next = nextCall({ calls, models: names, cooldowns: cooling, policy: rules, now, jitter });
            if (next.kind === 'end') return;
            const { model, at } = next;
            const before = calls.filter((one) => one.model === model);
            expect(before.length).toBeLessThan(rules.tries);
            expect(before.every((one) => one.failure?.intent === 'retry')).toBe(true);
            expect(at).toBeGreaterThanOrEqual(Math.max(now, cooling.get(model)?.until ?? 0));
            expect(at).toBeLessThanOrEqual(now + rules.longestWaitMs);
            const last = before.at(-1);
            if (last) expect(at - last.startedAt).toBeGreaterThanOrEqual(last.failure?.retryAfterMs ?? 0);
            now = at;
            calls.push(call(model, whatFails.next().value, { startedAt: now }));
            expect(calls.length).toBeLessThanOrEqual(rules.tries * names.length);
          }
        },
      ),
    );
  });

  test('the default policy has a few tries and a bounded wait', () => {
    expect(DEFAULT_RETRY.tries).toBeGreaterThan(1);
    expect(DEFAULT_RETRY.fallbackAfterMs).toBeLessThan(DEFAULT_RETRY.longestWaitMs);
  });
});
