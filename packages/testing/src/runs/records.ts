import {
  buildCode,
  type Call,
  type CodeFile,
  type Failure,
  NO_USAGE,
  type Output,
  type Route,
  type StageRecord,
  type Usage,
} from '@codegen/pipeline';
import { expect } from 'vitest';

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

export const failure = (overrides: Partial<Failure> = {}): Failure => ({
  intent: 'retry',
  code: 'overloaded',
  message: 'try later',
  ...overrides,
});

export const usage = (overrides: Partial<Usage> = {}): Usage => ({ ...NO_USAGE, ...overrides });

/** A call that began at 0 and took 0 ms. */
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

export const classified = (route: Route) => record('classify', { output: { kind: 'route', route } });
export const wrote = (stage: string) => record(stage, { output: codeOutput(stage) });
export const skipped = (stage: string) => record(stage, { status: 'skipped' });
export const running = (stage: string) => record(stage, { status: 'running', endedAt: null });
export const interpreted = record('interpret', { output: { kind: 'specification', text: 'spec' } });
export const asks = (stage: string) => record(stage, { output: { kind: 'question', question: 'Which?' } });
