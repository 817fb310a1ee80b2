import { describe, expect, test } from 'vitest';
import { chain, defineGraph, GraphError, type Node, parallel } from '../../src/graph/define-graph.ts';
import { stageNamed } from '../fixtures.ts';

const one = (name: string) => chain(stageNamed(name));
const parts = (overrides: Partial<Parameters<typeof defineGraph>[0]> = {}) => ({
  entry: one('first'),
  routes: { simple: one('a'), ambiguous: one('b'), complex: one('c'), text: one('x'), edit: one('y') },
  fallbacks: {},
  ...overrides,
});
const routed = (complex: Node) => parts({ routes: { ...parts().routes, complex } });

describe('defineGraph', () => {
  test.each([
    [
      'used in two branches',
      () => {
        const shared = one('shared');
        return routed(chain(parallel(shared, chain(parallel(shared), stageNamed('d'))), stageNamed('e')));
      },
    ],
    [
      'used in two routes',
      () => {
        const shared = one('shared');
        return parts({ routes: { ...parts().routes, simple: shared, complex: shared } });
      },
    ],
    ['both entry and part of a route', () => routed(one('first'))],
    ['a namesake of another', () => routed(chain(stageNamed('twin'), stageNamed('twin')))],
  ])('rejects a stage that is %s', (_, given) => {
    expect(() => defineGraph(given())).toThrow(GraphError);
    expect(() => defineGraph(given())).toThrow('two consumers');
  });

  test.each([
    '',
    'two words',
    'colon:ed',
    'Upper',
    'digit1',
    'trailing.',
    '.leading',
    'two..dots',
    'new\nline',
  ])('rejects the stage name %j', (name) => {
    expect(() => defineGraph(routed(one(name)))).toThrow('cannot be part of a job id');
  });

  test.each(['../x_responses.txt', 'x.txt', '_responses.txt', 'x_responses.txt\n', ''])(
    'rejects the log file %j',
    (log) => {
      expect(() => defineGraph(routed(chain(stageNamed('a', { log }))))).toThrow('must be named');
    },
  );

  test.each([
    ['a route that is its own', { simple: 'simple' }],
    ['a circle of two', { complex: 'simple', simple: 'complex' }],
    ['a way into a circle', { ambiguous: 'simple', simple: 'complex', complex: 'simple' }],
  ] as const)('rejects %s fallback', (_, fallbacks) => {
    expect(() => defineGraph(parts({ fallbacks }))).toThrow('falls back to itself');
  });

  test('accepts routes that share a fallback', () => {
    expect(() => defineGraph(parts({ fallbacks: { complex: 'simple', ambiguous: 'simple' } }))).not.toThrow();
  });

  test('finds no stage that it does not contain', () => {
    const graph = defineGraph(parts());
    for (const name of ['', 'd', 'constructor', '__proto__'])
      expect(() => graph.node(name)).toThrow(GraphError);
    expect(graph.node('a')).toBe(graph.routes.simple);
  });

  test('lists the stages of a route inputs first', () => {
    const graph = defineGraph(
      routed(
        chain(
          parallel(chain(stageNamed('l'), stageNamed('m')), one('r')),
          stageNamed('join'),
          stageNamed('end'),
        ),
      ),
    );
    expect(graph.stagesOf('complex').map(({ stage }) => stage.name)).toEqual(['l', 'm', 'r', 'join', 'end']);
    expect(graph.stagesOf('simple').map(({ stage }) => stage.name)).toEqual(['a']);
  });
});

describe('stepsOf', () => {
  const named = (name: string, step: string) => stageNamed(name, { step });

  test('lists the step farthest from the last stage first, and equal distances in graph order', () => {
    const left = chain(named('l', 'L'), named('m', 'M'));
    const right = chain(named('r', 'R'), named('s', 'S'), named('t', 'T'));
    const graph = defineGraph(routed(chain(parallel(left, right), stageNamed('end'))));
    expect(graph.stepsOf('complex').map(({ step }) => step)).toEqual(['R', 'L', 'S', 'M', 'T']);
  });

  test('names a step without a name by its stage, unless the stage is the last of its route', () => {
    const graph = defineGraph(routed(chain(stageNamed('draft'), stageNamed('end'))));
    expect(graph.stepsOf('complex').map(({ step }) => step)).toEqual(['draft']);
  });

  test('includes the last stage if it names a step', () => {
    const graph = defineGraph(routed(chain(named('end', 'E'))));
    expect(graph.stepsOf('complex').map(({ step }) => step)).toEqual(['E']);
  });
});

describe('chain', () => {
  test.each([
    ['nothing', () => chain()],
    ['an empty parallel', () => chain(parallel())],
    ['a parallel at its end', () => chain(parallel(one('l'), one('r')))],
    ['a chain behind a stage', () => chain(stageNamed('s'), one('t'))],
    [
      'a parallel behind a stage',
      () => chain(stageNamed('s'), parallel(one('l'), one('r')), stageNamed('t')),
    ],
    ['two chains in a row', () => chain(one('s'), one('t'))],
  ])('rejects %s', (_, build) => {
    expect(build).toThrow(GraphError);
  });

  test('passes the output of each stage to the next', () => {
    const node = chain(stageNamed('s'), stageNamed('t'));
    expect(node.inputs.map(({ stage }) => stage.name)).toEqual(['s']);
    expect(node.inputs[0]?.inputs).toEqual([]);
  });

  test('continues a chain', () => {
    const start = one('s');
    expect(chain(start, stageNamed('t')).inputs).toEqual([start]);
  });

  test('passes all outputs of a parallel to the next stage, in order', () => {
    const [left, right] = [one('l'), one('r')];
    expect(chain(parallel(left, right), stageNamed('join')).inputs).toEqual([left, right]);
  });
});
