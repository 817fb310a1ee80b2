import type { FinishedJob, JobEvent, StageEnded } from '@codegen/client';

type Of<Type> = Type extends StageEnded['type'] ? StageEnded : Extract<JobEvent, { type: Type }>;
type Fields<Type> = Omit<Of<Type>, 'type' | 'sequence' | 'costSoFar'>;

/** An event, with what a test does not care about filled in. */
export const event = <Type extends JobEvent['type']>(type: Type, fields: Fields<Type>) =>
  ({ sequence: 1, costSoFar: null, type, ...fields }) as unknown as JobEvent;

export const started = (stage: string, model: string, attempt = 1) =>
  event('stage.started', { stage, role: 'generator', model, attempt });

export const delta = (stage: string, text: string) => event('stage.delta', { stage, text });

/** How a stage ended. */
export const end = { attempts: 1, promptTokens: 1, completionTokens: 1, cost: 0.5, durationMs: 1_234 };

export const finished = (job: Partial<FinishedJob>) => {
  const whole = { status: 'completed', durationMs: 2_000, cost: null, degraded: [], ...job } as FinishedJob;
  return event('job.finished', { status: whole.status, job: whole });
};
