import type { FailureCode, Outcome, Response, RetryPolicy } from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';
import type { Moments } from './models.ts';
import { codeBy, type Replies, SPECIFICATION } from './replies.ts';

/** One run with scripted models, and all that is to be seen of it. */
export interface Case {
  readonly title: string;
  readonly replies: Replies;
  readonly policy?: Partial<RetryPolicy>;
  readonly options?: RequestedOptions;
  /** Cancels the run when it resolves; null cancels it before it starts. */
  readonly cancel?: ((moments: Moments) => Promise<void>) | null;
  /** Every call, by its stage, in any order: no other is made. */
  readonly asked: readonly string[];
  /** Calls that may have begun before an executor heard that the run was cancelled. */
  readonly perhaps?: readonly string[];
  /** The ending, but for its response and what was degraded. */
  readonly ends: Partial<Outcome>;
  readonly response?: Response;
  /** Stages in any order. */
  readonly degraded?: Readonly<Record<string, FailureCode>>;
  /** Calls as they are on record, by stage. */
  readonly calls?: Readonly<Record<string, readonly object[]>>;
}

export const COMPLEX = [
  'classify',
  'generate.direct',
  'interpret',
  'generate.interpreted',
  'enhance.direct',
  'enhance.interpreted',
  'compare',
  'polish',
] as const;

export const complexBut = (...stages: readonly (typeof COMPLEX)[number][]) =>
  COMPLEX.filter((stage) => !stages.includes(stage));

export const simpleResponse: Response = { code: codeBy('answer'), steps: { directCode: codeBy('answer') } };

const STEPS = {
  interpretation: SPECIFICATION,
  directCode: codeBy('generate.direct'),
  interpretedCode: codeBy('generate.interpreted'),
  enhancedDirectCode: codeBy('enhance.direct'),
  enhancedInterpretedCode: codeBy('enhance.interpreted'),
  bestImplementation: codeBy('enhance.interpreted'),
};

export const complexResponse = (steps: Partial<typeof STEPS> = {}, code = codeBy('polish')): Response => ({
  code,
  steps: { ...STEPS, ...steps },
});
