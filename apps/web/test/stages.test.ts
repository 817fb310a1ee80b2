import { graph, ROUTES } from '@codegen/pipeline';
import { expect, test } from 'vitest';
import { ROUTE_STAGES, STAGES, VERSIONS } from '../src/state/stages.ts';

test('the page knows every stage of the graph', () => {
  expect(graph.names.filter((name) => STAGES[name] === undefined)).toEqual([]);
});

test('the page knows the stages of every route', () => {
  for (const route of ROUTES) {
    const names = [graph.entry, ...graph.stagesOf(route)].map(({ stage }) => stage.name);
    expect([...(ROUTE_STAGES[route] ?? [])].sort(), route).toEqual(names.sort());
  }
});

test('a version has the name of its stage’s output', () => {
  const steps = new Map(graph.stepsOf('complex').map(({ step, stage }) => [stage.name, step]));
  for (const [, stage, step] of VERSIONS) expect(step).toBe(steps.get(stage) ?? 'code');
});
