import {
  buildCode,
  type CodeFile,
  decide,
  finishEarly,
  graph,
  type Outcome,
  type Output,
  type Route,
  type Run,
  type StageRecord,
} from '@codegen/pipeline';
import { codeBy, lost } from '@codegen/testing/models/replies';
import { complexAfter } from '@codegen/testing/runs/case';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deserializeOutcome,
  deserializeRecord,
  readRun,
  serializeOutcome,
  serializeRecord,
} from '../../src/runs/stored-run.ts';
import { openQueue } from '../queue.ts';
import { recordOf } from '../record.ts';

const file = (content: string, overrides: Partial<CodeFile> = {}): CodeFile => ({
  name: null,
  language: 'python',
  content,
  inText: true,
  ...overrides,
});
const code = (...files: readonly CodeFile[]): Output => ({ kind: 'code', code: buildCode(files) });
const IGNORED = { reason: 'edit', name: null, language: 'diff', lines: 1, start: '@@' } as const;
const chose = (of: string): Output => ({ kind: 'choice', of, reason: 'better' });
const byName = (...records: readonly StageRecord[]): Run['stages'] =>
  Object.fromEntries(records.map((record) => [record.stage, record]));
const times = (text: string, of: string) => text.split(of).length - 1;

/** Record of a stage that wrote two files and sample output. */
const wrote = (stage: string) =>
  recordOf(
    stage,
    code(
      file(`# ${stage}, first`, { name: 'a.py' }),
      file(`# ${stage}, second`),
      file(`# ${stage}, output`, { language: 'text', inText: false }),
    ),
  );
const classified = recordOf('classify', { kind: 'route', route: 'complex' });
const interpreted = recordOf('interpret', { kind: 'specification', text: 'Goal: x' });
const WRITERS = graph
  .stagesOf('complex')
  .flatMap(({ stage }) => (stage.output === 'code' ? [stage.name] : []));
const complex = byName(
  classified,
  interpreted,
  ...WRITERS.map(wrote),
  recordOf('compare', chose('enhance.direct')),
);

const outcomeOf = (route: Route, stages: Run['stages']): Outcome => {
  const decision = decide(graph, { route, stages });
  if (decision.kind !== 'finish') throw new Error('the run has not finished');
  return decision.outcome;
};

/** The fields of a run's hash that hold its records and its outcome. */
const fieldsOf = (stages: Run['stages'], outcome: Outcome): Record<string, string> => ({
  ...Object.fromEntries(
    Object.values(stages).map((record) => [`stage:${record.stage}`, serializeRecord(record)]),
  ),
  outcome: serializeOutcome(outcome),
  finishedAt: '3',
});

describe('a record is deserialized as it was serialized', () => {
  test.each<[string, Output | null]>([
    ['no output', null],
    ['a route', { kind: 'route', route: 'complex' }],
    ['a specification', { kind: 'specification', text: 'Goal: x' }],
    ['a question', { kind: 'question', question: 'Which?' }],
    ['a choice', chose('enhance.direct')],
    ['one file', code(file('print(1)'))],
    ['several files', wrote('polish').output],
    ['no files', code()],
    ['ignored blocks', { kind: 'code', code: buildCode([file('x')]), ignored: [IGNORED] }],
  ])('with %s', (_, output) => {
    const record = recordOf('polish', output);
    expect(deserializeRecord(serializeRecord(record))).toEqual(record);
  });

  test('with any files', () => {
    const text = fc.string({ unit: 'binary' });
    const files = fc.array(
      fc.record({
        name: fc.option(text),
        language: fc.option(text),
        content: text,
        inText: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(files, (list) => {
        const record = recordOf('polish', code(...list));
        expect(deserializeRecord(serializeRecord(record))).toEqual(record);
      }),
    );
  });
});

describe('an outcome is deserialized as it was serialized', () => {
  const roundTrip = (stages: Run['stages'], outcome: Outcome) =>
    deserializeOutcome(graph, stages, serializeOutcome(outcome));

  test.each<[string, Outcome]>([
    ['a cancellation', { status: 'cancelled' }],
    [
      'a failure',
      {
        status: 'failed',
        stage: 'answer',
        code: 'internal',
        detail: 'x',
        degraded: [{ stage: 'classify', code: 'internal', why: 'x', consequence: 'y' }],
      },
    ],
    ['a result of every step', outcomeOf('complex', complex)],
    ['a result of the simple route', outcomeOf('simple', byName(classified, wrote('answer')))],
  ])('if it is %s', (_, outcome) => {
    expect(roundTrip({ ...complex, answer: wrote('answer') }, outcome)).toEqual(outcome);
  });

  test.each(['clarify', 'interpret'])('if it is a question of %s', (stage) => {
    const question = recordOf(stage, { kind: 'question', question: 'Which?' });
    const stages = byName(classified, wrote('generate.direct'), question);
    const outcome = outcomeOf(stage === 'clarify' ? 'ambiguous' : 'complex', stages);
    expect(outcome).toMatchObject({ route: 'ambiguous', source: stage, response: { feedback: 'Which?' } });
    expect(roundTrip(stages, outcome)).toEqual(outcome);
  });

  test('if steps are empty', () => {
    const failed = {
      status: 'failed',
      failure: { intent: 'giveUp', code: 'refused', message: 'x' },
    } as const;
    const stages = byName(
      classified,
      recordOf('interpret', null, failed),
      recordOf('generate.interpreted', null, { status: 'skipped' }),
      recordOf('enhance.interpreted', null, { status: 'skipped' }),
      wrote('generate.direct'),
      recordOf('enhance.direct', chose('generate.direct'), failed),
      recordOf('compare', chose('enhance.direct')),
      // The choices of later stages lead to that of `compare`.
      ...complexAfter('compare').map((stage) => recordOf(stage, chose('compare'), failed)),
    );
    const outcome = outcomeOf('complex', stages);
    expect(outcome).toMatchObject({
      source: 'generate.direct',
      response: { steps: { interpretation: '', interpretedCode: '', enhancedInterpretedCode: '' } },
    });
    expect(roundTrip(stages, outcome)).toEqual(outcome);
  });

  test('if a stage ends after it was written', () => {
    const open = byName(
      classified,
      wrote('generate.direct'),
      wrote('enhance.direct'),
      recordOf('interpret', null, { status: 'running', endedAt: null }),
    );
    const outcome = finishEarly(graph, { route: 'complex', stages: open, outcome: null });
    expect(outcome).toMatchObject({ source: 'enhance.direct', response: { steps: { interpretation: '' } } });
    const run = readRun(graph, 'r', { ...fieldsOf(complex, outcome!), ...fieldsOf(open, outcome!) });
    expect(run.outcome).toEqual(outcome);
    expect(run.stages.polish).toEqual(complex.polish);
    const later = readRun(graph, 'r', { ...fieldsOf(open, outcome!), ...fieldsOf(complex, outcome!) });
    expect(later.outcome).toEqual(outcome);
    expect(later.stages.interpret).toEqual(interpreted);
  });
});

test('a run is read with its records in the order of the graph', () => {
  const outcome = outcomeOf('complex', complex);
  const run = readRun(graph, 'r', fieldsOf(byName(...Object.values(complex).toReversed()), outcome));
  expect(run).toMatchObject({ id: 'r', stages: complex, outcome, finishedAt: 3 });
  expect(Object.keys(run.stages)).toEqual(graph.names.filter((name) => complex[name] !== undefined));
});

describe('the text of a program is stored once', () => {
  test('with each of its files', () => {
    const stored = Object.values(fieldsOf(complex, outcomeOf('complex', complex))).join('\n');
    for (const stage of WRITERS)
      for (const part of ['first', 'second', 'output']) expect(times(stored, `# ${stage}, ${part}`)).toBe(1);
    expect(times(stored, 'Goal: x')).toBe(1);
  });

  test.concurrent.each([
    ['every stage succeeds', {}, WRITERS],
    [
      'enhance, compare and every later stage fail',
      {
        'enhance.direct': lost,
        'enhance.interpreted': lost,
        ...Object.fromEntries(['compare', ...complexAfter('compare')].map((stage) => [stage, lost])),
      },
      ['generate.direct', 'generate.interpreted'],
    ],
  ])('in the hash of a run in which %s', async (_, replies, writers) => {
    await using queue = openQueue();
    await queue.startWorker(replies);
    const id = await queue.begin();
    const { outcome } = await queue.finished(id);
    const source = writers.at(-1)!;
    expect(outcome).toMatchObject({ status: 'completed', source, response: { code: codeBy(source) } });
    const stored = Object.values(await queue.redis.hgetall(queue.keys.run(id))).join('\n');
    for (const stage of writers) expect(times(stored, JSON.stringify(codeBy(stage)))).toBe(1);
    expect(times(stored, 'print(')).toBe(writers.length);
  });
});
