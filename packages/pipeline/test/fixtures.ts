import { expect } from 'vitest';
import { buildCode, type CodeFile } from '../src/code/code.ts';
import type { Failure, Usage } from '../src/run/failure.ts';
import { type Call, NO_USAGE, type StageRecord } from '../src/run/record.ts';
import { defineStage, type Input, type Output, type Stage, type StageContext } from '../src/stages/stage.ts';

export const context = (overrides: Partial<StageContext> = {}): StageContext => ({
  conversation: [{ role: 'user', content: 'reverse a string' }],
  inputs: [],
  seed: 0xc0ffee,
  ...overrides,
});

export const fileOf = (content: string): CodeFile => ({
  name: null,
  language: 'python',
  content,
  inText: true,
});

export const codeOutput = (text: string): Extract<Output, { kind: 'code' }> => ({
  kind: 'code',
  code: buildCode([fileOf(text)]),
});

export const choice = (of: string, reason: unknown = expect.any(String)) =>
  ({ kind: 'choice', of, reason }) as Extract<Output, { kind: 'choice' }>;

export const codeFrom = (stage: string, text: string): Input => ({ stage, output: codeOutput(text) });

export const nothingFrom = (stage: string): Input => ({ stage, output: null });

export const fenced = (code: string) => `\`\`\`python\n${code}\n\`\`\``;

export const failure = (overrides: Partial<Failure> = {}): Failure => ({
  intent: 'retry',
  code: 'overloaded',
  message: 'try later',
  ...overrides,
});

export const usage = (overrides: Partial<Usage> = {}): Usage => ({ ...NO_USAGE, ...overrides });

/** A call that began at 0 and ended at 0. */
export const call = (model: string, failed: Failure | null, overrides: Partial<Call> = {}): Call => ({
  ...NO_USAGE,
  model,
  startedAt: 0,
  durationMs: 0,
  failure: failed,
  ...overrides,
});

export const record = (stage: string, overrides: Partial<StageRecord> = {}): StageRecord => ({
  stage,
  status: 'completed',
  startedAt: 0,
  endedAt: 0,
  retryAt: null,
  calls: [],
  output: null,
  failure: null,
  ...overrides,
});

export const failedRecord = (stage: string, overrides: Partial<StageRecord> = {}): StageRecord =>
  record(stage, { status: 'failed', failure: failure({ message: `${stage} is down` }), ...overrides });

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
