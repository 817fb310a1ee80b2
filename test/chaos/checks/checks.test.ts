import { describe, expect, test } from 'vitest';
import { createHistory, type Incident, type JobView, type RequestRecord } from '../client/history.ts';
import type { Reference, References } from '../client/references.ts';
import type { CallFeed, ModelCall } from '../system/call-feed.ts';
import type { ProcessRun } from '../system/process.ts';
import { findRepeatedCalls } from './repeated-calls.ts';
import { checkResult } from './results.ts';

const marker = 'mk000001x';

const call = (over: Partial<ModelCall>): ModelCall => ({
  id: 'one',
  at: 1_000,
  endedAt: 1_250,
  stage: 'answer',
  model: 'm',
  request: marker,
  status: 'answered',
  caller: 'worker-1',
  ...over,
});
const run = (over: Partial<ProcessRun>): ProcessRun => ({
  process: 'worker-1',
  pid: 1,
  caller: 'worker-1',
  startedAt: 0,
  endedAt: null,
  exit: null,
  killed: false,
  stopped: false,
  stoppedTwice: false,
  ...over,
});

describe('findRepeatedCalls', () => {
  const again = call({ id: 'two', at: 9_000, endedAt: 9_250, caller: 'worker-2' });
  const reasonFor = (before: ModelCall, of: Partial<ProcessRun> = {}, incident?: Incident['kind']) => {
    const history = createHistory();
    if (incident !== undefined)
      history.incidents.push({ kind: incident, process: 'worker-1', at: 1_100, until: 2_000 });
    const calls = { markers: () => [marker], of: () => [before, again] } as unknown as CallFeed;
    return findRepeatedCalls(calls, history, [run(of)])[0]?.reason;
  };

  test.each([
    ['an answer that was recorded', call({}), {}, undefined],
    ['a worker that was killed before the call', call({}), { killed: true, endedAt: 900 }, undefined],
    ['a worker that was killed long after it', call({}), { killed: true, endedAt: 8_000 }, undefined],
    ['another worker that hung', call({ caller: 'worker-3' }), {}, 'hung' as const],
  ])('does not explain a repeated call after %s', (_, before, of, incident) => {
    expect(reasonFor(before, of, incident)).toBe('unexplained');
  });

  test.each([
    ['the model failed', call({ status: 'fault', fault: 'empty' }), {}, undefined],
    ['its worker was killed', call({ status: 'aborted' }), { killed: true, endedAt: 1_250 }, undefined],
    ['its worker was killed', call({}), { killed: true, endedAt: 2_000 }, undefined],
    ['its worker was stopped and handed it back', call({ status: 'aborted' }), { stopped: true }, undefined],
    ['its worker hung for longer than its lock', call({}), {}, 'hung' as const],
    ['Redis lost what was recorded', call({}), {}, 'loss' as const],
  ])('explains a repeated call: %s', (reason, before, of, incident) => {
    expect(reasonFor(before, of, incident)).toBe(reason);
  });
});

describe('checkResult', () => {
  const of = (route: string, code: string, steps: Record<string, string>): Reference => ({
    route,
    result: { code, steps },
  });
  const direct = of('simple', 'mk-marker-x a\nb', { directCode: 'mk-marker-x a\nb' });
  const complex = of('complex', 'mk-marker-x i', {
    interpretation: 'mk-marker-x s',
    directCode: 'mk-marker-x a\nb',
    interpretedCode: 'mk-marker-x i',
  });
  const all = { simple: direct, complex };
  const references = {
    natural: { simple: direct, complex, ambiguous: direct },
    forced: { simple: all, complex: all, ambiguous: all },
  } as unknown as References;
  const check = (kind: 'simple' | 'complex', job: object): string[] => {
    const record: RequestRecord = createHistory().begin({ marker, kind, mode: 'poll' });
    record.job = { status: 'completed', degraded: [], problem: null, ...job } as unknown as JobView;
    return checkResult(record, references);
  };
  const lost = [{ stage: 'interpret', code: 'overloaded', consequence: '' }];

  test.each([
    ['is truncated', { route: 'simple', result: { code: `${marker} a`, steps: {} } }],
    [
      'has another marker',
      { route: 'simple', result: { code: 'mk000002x a\nb', steps: { directCode: 'mk000002x a\nb' } } },
    ],
    ['has no marker', { route: 'simple', result: { code: 'an error', steps: {} }, degraded: lost }],
    [
      'is from the other branch',
      {
        route: 'complex',
        degraded: lost,
        result: { code: `${marker} i`, steps: { directCode: `${marker} i` } },
      },
    ],
    ['lacks a step without being degraded', { route: 'complex', result: { code: `${marker} i`, steps: {} } }],
  ])('rejects a result that %s', (_, job) => {
    expect(check('complex', job)).not.toEqual([]);
  });

  test('accepts a complete result and a partial one that is degraded', () => {
    const whole = { code: `${marker} a\nb`, steps: { directCode: `${marker} a\nb` } };
    expect(check('simple', { route: 'simple', result: whole })).toEqual([]);
    const part = { code: `${marker} a\nb`, steps: { directCode: `${marker} a\nb`, interpretation: '' } };
    expect(check('complex', { route: 'complex', degraded: lost, result: part })).toEqual([]);
  });
});
