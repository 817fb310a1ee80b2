import { codeOutput } from '@codegen/testing/runs/records';
import type { Unavailability } from '../src/policy/model-selection.ts';
import { defineStage, type Input, type Stage, type StageContext } from '../src/stages/stage.ts';

export const context = (overrides: Partial<StageContext> = {}): StageContext => ({
  conversation: [{ role: 'user', content: 'reverse a string' }],
  files: [],
  inputs: [],
  seed: 0xc0ffee,
  ...overrides,
});

export const codeFrom = (stage: string, text: string): Input => ({ stage, output: codeOutput(text) });

export const nothingFrom = (stage: string): Input => ({ stage, output: null });

export const fenced = (code: string) => `\`\`\`python\n${code}\n\`\`\``;

/** Models that are not called until the given times, ms since 1970. */
export const unavailable = (until: Readonly<Record<string, number>>, cause = 'rate-limited: slow down') =>
  new Map<string, Unavailability>(Object.entries(until).map(([model, at]) => [model, { until: at, cause }]));

/** A stage whose output is the model's text as code. */
export const stageNamed = (name: string, overrides: Partial<Stage> = {}): Stage =>
  defineStage({
    name,
    role: 'generator',
    output: 'code',
    log: 'generator_direct_responses.txt',
    consequence: `${name} was left out`,
    prompt: () => ({ system: name, user: '' }),
    read: (text) => codeOutput(text),
    ...overrides,
  });
