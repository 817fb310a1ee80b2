import { describe, expect, test } from 'vitest';
import type { CallFeed, ModelCall } from '../call-feed.ts';
import type { JobSeen } from '../job-seen.ts';
import { type Entry, openLedger } from '../ledger.ts';
import type { Reference, References } from '../references.ts';
import type { Life } from '../unit.ts';
import { repeatsIn } from './repeats.ts';
import { faultsOf } from './results.ts';

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
const life = (over: Partial<Life>): Life => ({
  unit: 'worker-1',
  pid: 1,
  caller: 'worker-1',
  startedAt: 0,
  endedAt: null,
  outcome: null,
  killed: false,
  drained: false,
  cutShort: false,
  ...over,
});

describe('a call that is made again', () => {
  const again = call({ id: 'two', at: 9_000, endedAt: 9_250, caller: 'worker-2' });
  const reasonFor = (before: ModelCall, of: Partial<Life> = {}, incident?: string) => {
    const ledger = openLedger();
    if (incident !== undefined)
      ledger.incidents.push({ kind: incident, unit: 'worker-1', at: 1_100, until: 2_000 });
    const calls = { markers: () => [marker], of: () => [before, again] } as unknown as CallFeed;
    return repeatsIn(calls, ledger, [life(of)])[0]?.reason;
  };

  test.each([
    ['an answer that was recorded', call({}), {}, undefined],
    ['a worker that was killed before the call', call({}), { killed: true, endedAt: 900 }, undefined],
    ['a worker that was killed long after it', call({}), { killed: true, endedAt: 8_000 }, undefined],
    ['another worker that hung', call({ caller: 'worker-3' }), {}, 'hung'],
  ])('after %s is unexplained', (_, before, of, incident) => {
    expect(reasonFor(before, of, incident)).toBe('unexplained');
  });

  test.each([
    ['the model failed', call({ status: 'fault', fault: 'empty' }), {}, undefined],
    ['its worker was killed', call({ status: 'aborted' }), { killed: true, endedAt: 1_250 }, undefined],
    ['its worker was killed', call({}), { killed: true, endedAt: 2_000 }, undefined],
    [
      'its worker was told to stop and handed it back',
      call({ status: 'aborted' }),
      { drained: true },
      undefined,
    ],
    ['its worker hung for longer than its lock', call({}), {}, 'hung'],
    ['Redis lost what was recorded', call({}), {}, 'loss'],
  ])('because %s is explained', (reason, before, of, incident) => {
    expect(reasonFor(before, of, incident)).toBe(reason);
  });
});

describe('a result', () => {
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
  const told = (kind: 'simple' | 'complex', job: object): string[] => {
    const entry: Entry = openLedger().begin({ marker, kind, way: 'poll' });
    entry.job = { status: 'completed', degraded: [], problem: null, ...job } as unknown as JobSeen;
    return faultsOf(entry, references);
  };
  const lost = [{ stage: 'interpret', code: 'overloaded', consequence: '' }];

  test.each([
    ['is a part', { route: 'simple', result: { code: `${marker} a`, steps: {} } }],
    [
      'has another marker',
      { route: 'simple', result: { code: 'mk000002x a\nb', steps: { directCode: 'mk000002x a\nb' } } },
    ],
    ['has none', { route: 'simple', result: { code: 'an error', steps: {} }, degraded: lost }],
    [
      'is of the other branch',
      {
        route: 'complex',
        degraded: lost,
        result: { code: `${marker} i`, steps: { directCode: `${marker} i` } },
      },
    ],
    ['lacks a step, unsaid', { route: 'complex', result: { code: `${marker} i`, steps: {} } }],
  ])('that %s is wrong', (_, job) => {
    expect(told('complex', job)).not.toEqual([]);
  });

  test('that is what it should be is right, and so is one that says what it lacks', () => {
    const whole = { code: `${marker} a\nb`, steps: { directCode: `${marker} a\nb` } };
    expect(told('simple', { route: 'simple', result: whole })).toEqual([]);
    const part = { code: `${marker} a\nb`, steps: { directCode: `${marker} a\nb`, interpretation: '' } };
    expect(told('complex', { route: 'complex', degraded: lost, result: part })).toEqual([]);
  });
});
