import { choice } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { answer } from '../../src/stages/answer.ts';
import { enhanceDirect, enhanceInterpreted } from '../../src/stages/enhance.ts';
import { generateDirect, generateInterpreted } from '../../src/stages/generate.ts';
import { polish } from '../../src/stages/polish.ts';
import type { Input, Stage } from '../../src/stages/stage.ts';
import { codeFrom, context, fenced, nothingFrom } from '../fixtures.ts';

const draft = codeFrom('before', 'draft = 1');
const specification: Input = {
  stage: 'interpret',
  output: { kind: 'specification', text: 'Reverse by hand.' },
};
const question: Input = { stage: 'interpret', output: { kind: 'question', question: 'Which?' } };
const writers: Stage[] = [
  answer,
  generateDirect,
  generateInterpreted,
  enhanceDirect,
  enhanceInterpreted,
  polish,
];
const menders = [enhanceDirect, enhanceInterpreted, polish];

describe.each(writers.map((stage) => [stage.name, stage] as const))('%s', (_, stage) => {
  test.each([
    ['nothing', ''],
    ['reasoning alone', '<think>print("x")</think>'],
    ['reasoning that never ends', '<think>\n```python\nprint("x")\n```'],
    ['an empty block', '```python\n```'],
    ['a refusal', "I'm sorry, but I can't help with that."],
  ])('rejects %s as code', (__, text) => {
    expect(() => stage.read(text, context({ inputs: [draft] }))).toThrow(
      expect.objectContaining({
        failure: expect.objectContaining({ intent: 'nextModel', code: 'unreadable-answer' }),
      }),
    );
  });

  test('reads only the code', () => {
    const output = stage.read(`Sure!\n${fenced('print("x")')}\nEnjoy.`, context({ inputs: [draft] }));
    expect(output).toMatchObject({ kind: 'code', code: { text: 'print("x")', language: 'python' } });
  });

  test('has the request and the answer format in its prompt', () => {
    const { system, user } = stage.prompt(context({ inputs: [draft] }));
    expect(system).toContain(`"${stage.name}"`);
    expect(system).toContain('fenced block');
    expect(user).toContain('reverse a string');
  });
});

describe.each(menders.map((stage) => [stage.name, stage] as const))('%s', (_, stage) => {
  test('has nothing to do without code', () => {
    for (const inputs of [[], [nothingFrom('before')], [specification]]) {
      expect(stage.withoutModel?.(context({ inputs }))).toBe('skip');
    }
  });

  test('calls a model with the code', () => {
    expect(stage.withoutModel?.(context({ inputs: [draft] }))).toBeUndefined();
    expect(stage.prompt(context({ inputs: [draft] })).user).toContain('\ndraft = 1\n');
  });

  test('has its input as fallback output', () => {
    expect(stage.fallbackOutput?.(context({ inputs: [draft] }))).toEqual(choice('before'));
    for (const inputs of [[], [nothingFrom('before')], [specification]])
      expect(stage.fallbackOutput?.(context({ inputs }))).toBeNull();
  });
});

describe('generate.interpreted', () => {
  test.each([
    ['no input', []],
    ['a lost interpretation', [nothingFrom('interpret')]],
    ['a question', [question]],
  ])('has nothing to do with %s', (_, inputs) => {
    expect(generateInterpreted.withoutModel?.(context({ inputs }))).toBe('skip');
  });

  test('has the specification in its prompt', () => {
    const stageContext = context({ inputs: [specification] });
    expect(generateInterpreted.withoutModel?.(stageContext)).toBeUndefined();
    expect(generateInterpreted.prompt(stageContext).user).toContain('\nReverse by hand.\n');
  });
});

test('the stages that write the first code have no fallback output', () => {
  for (const { fallbackOutput } of [answer, generateDirect, generateInterpreted])
    expect(fallbackOutput).toBeUndefined();
});
