import { call, codeOutput, failedRecord, failure, record } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { verifiedGraph } from '../../src/graph/graph.ts';
import { estimate, type Sample, sampleOf } from '../../src/run/estimate.ts';
import { graph } from '../run-fixtures.ts';

const took = (ms: number, cost: number | null, more: Partial<Sample> = {}): Sample => ({
  model: 'main',
  ms,
  cost,
  simulated: false,
  ...more,
});
/** One to ten of something. */
const tens = (of: (each: number) => Sample) => Array.from({ length: 10 }, (_, index) => of(index + 1));
const known = (ms: number) => [took(ms, 0.5)];

describe('without enough samples an estimate is null', () => {
  test('for a route without samples', () => {
    const nothing = { cost: null, durationMs: null, calls: 0, simulated: false, stages: {} };
    expect(estimate(graph, 'simple', {})).toEqual({ ...nothing, unknown: ['classify', 'answer'] });
    expect(estimate(graph, 'complex', {}).unknown).toHaveLength(8);
  });

  test('for a route with a stage without samples', () => {
    const { cost, durationMs, calls, unknown } = estimate(graph, 'simple', { classify: known(1) });
    expect({ cost, durationMs, calls, unknown }).toEqual({
      cost: null,
      durationMs: null,
      calls: 1,
      unknown: ['answer'],
    });
  });

  test('for the cost if the server reports none', () => {
    const lately = { classify: known(1), answer: [took(5, null), took(5, 1)] };
    expect(estimate(graph, 'simple', lately)).toMatchObject({
      cost: null,
      durationMs: { low: 6, high: 6 },
      unknown: [],
    });
  });

  test('for models that the samples did not use', () => {
    const lately = { classify: known(1), answer: [took(5, 1), took(9, 1, { model: 'other' })] };
    expect(estimate(graph, 'simple', lately, { models: { instructTuned: ['third'] } }).unknown).toEqual([
      'answer',
    ]);
    expect(
      estimate(graph, 'simple', lately, { models: { instructTuned: ['third', 'other'] } }),
    ).toMatchObject({
      durationMs: { low: 10, high: 10 },
      calls: 2,
    });
    expect(estimate(graph, 'simple', lately, { models: { reviewer: ['third'] } }).calls).toBe(3);
  });
});

describe('an estimate', () => {
  test('omits the lowest and the highest tenth', () => {
    const lately = { classify: tens((n) => took(n, n)), answer: tens((n) => took(100 * n, 10 * n)) };
    expect(estimate(graph, 'simple', lately)).toEqual({
      cost: { low: 11, high: 99 },
      durationMs: { low: 101, high: 909 },
      calls: 20,
      unknown: [],
      stages: {
        classify: { cost: { low: 1, high: 9 }, durationMs: { low: 1, high: 9 } },
        answer: { cost: { low: 10, high: 90 }, durationMs: { low: 100, high: 900 } },
      },
      simulated: false,
    });
  });

  test('omits stages that call no model: with the effort, or because they run programs', () => {
    const { unknown } = estimate(verifiedGraph, 'complex', {}, { effort: 'fast' });
    expect(unknown).toContain('cases');
    for (const stage of ['verify', 'enhance.direct', 'enhance.interpreted'])
      expect(unknown).not.toContain(stage);
    expect(estimate(verifiedGraph, 'complex', {}).unknown).toContain('enhance.direct');
  });

  test('adds concurrent stages for the cost but not for the duration', () => {
    const stages = {
      classify: 1,
      interpret: 10,
      'generate.interpreted': 20,
      'enhance.interpreted': 30,
      'generate.direct': 40,
      'enhance.direct': 50,
      compare: 100,
      polish: 1_000,
    };
    const lately = Object.fromEntries(Object.entries(stages).map(([stage, ms]) => [stage, known(ms)]));
    expect(estimate(graph, 'complex', lately)).toMatchObject({
      durationMs: { low: 1_191, high: 1_191 },
      cost: { low: 4, high: 4 },
    });
  });

  test('uses canned answers only while there are no others', () => {
    const canned = [took(1, 1, { simulated: true })];
    expect(estimate(graph, 'simple', { classify: canned, answer: canned })).toMatchObject({
      simulated: true,
      calls: 2,
    });
    const both = [...canned, took(7, 1)];
    expect(estimate(graph, 'simple', { classify: both, answer: both })).toMatchObject({
      durationMs: { low: 14, high: 14 },
      simulated: false,
      calls: 2,
    });
  });
});

describe('sampleOf', () => {
  test.each([
    ['has failed', failedRecord('answer', { calls: [call('main', failure())] })],
    ['was skipped', record('polish', { status: 'skipped' })],
    ['ended without a model', record('compare', { output: codeOutput('x') })],
    ['still runs', record('answer', { status: 'running', endedAt: null, calls: [call('main', null)] })],
    ['was cancelled', record('answer', { status: 'cancelled', calls: [call('main', null)] })],
  ])('is null for a stage that %s', (_, ended) => {
    expect(sampleOf(ended)).toBeNull();
  });

  test('covers the stage from its start to its end, with all its calls', () => {
    const calls = [
      call('main', failure(), { cost: 0.2 }),
      call('other', null, { cost: 0.3, simulated: true }),
    ];
    expect(sampleOf(record('answer', { startedAt: 5, endedAt: 25, calls }))).toEqual({
      model: 'other',
      ms: 20,
      cost: 0.5,
      simulated: true,
    });
    expect(sampleOf(record('answer', { calls: [call('main', null)] }))).toMatchObject({ cost: null });
  });
});
