import type { FinishedJob, JobEvent, StageEnded } from '@codegen/client';

type Of<Type> = Type extends StageEnded['type'] ? StageEnded : Extract<JobEvent, { type: Type }>;
type Fields<Type> = Omit<Of<Type>, 'type' | 'sequence' | 'costSoFar'>;

/** An event with the given fields and defaults for the rest. */
export const event = <Type extends JobEvent['type']>(type: Type, fields: Fields<Type>) =>
  ({ sequence: 1, costSoFar: null, type, ...fields }) as unknown as JobEvent;

export const started = (stage: string, model: string, attempt = 1) =>
  event('stage.started', { stage, role: 'generator', model, attempt });

export const delta = (stage: string, text: string) => event('stage.delta', { stage, text });

/** Usage and duration of a stage that ended. */
export const end = { attempts: 1, promptTokens: 1, completionTokens: 1, cost: 0.5, durationMs: 1_234 };

export const finished = (job: Partial<FinishedJob>) => {
  const complete = {
    status: 'completed',
    durationMs: 2_000,
    cost: null,
    degraded: [],
    ...job,
  } as FinishedJob;
  return event('job.finished', { status: complete.status, job: complete });
};
