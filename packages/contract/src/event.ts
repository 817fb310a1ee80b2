import { z } from 'zod';
import { type FinishedJob, type Job, jobSchema, jobStatusSchema } from './job.ts';
import {
  costSchema,
  countSchema,
  type DeepReadonly,
  durationSchema,
  failureCodeSchema,
  roleSchema,
  routeSchema,
} from './primitives.ts';

const everyEvent = { costSoFar: costSchema };
const stage = { stage: z.string() };
const cause = { code: failureCodeSchema, why: z.string() };
const stageEnd = {
  ...stage,
  servedModel: z.string().nullable().describe('The model that answered; null if none did'),
  attempts: z.int().min(0).describe('Number of model calls'),
  promptTokens: countSchema,
  completionTokens: countSchema,
  cost: costSchema,
  durationMs: durationSchema,
};

const stageStarted = z.object({
  type: z.literal('stage.started'),
  ...stage,
  role: roleSchema,
  model: z.string(),
  attempt: z.int().min(0).describe('Counts from 1. A further attempt starts the text of the stage anew.'),
  ...everyEvent,
});
const stageDelta = z
  .object({ type: z.literal('stage.delta'), ...stage, text: z.string(), ...everyEvent })
  .describe('A piece of the model’s text');
const stageRetrying = z.object({
  type: z.literal('stage.retrying'),
  ...stage,
  ...cause,
  retryAt: z.int().describe('Milliseconds since 1970'),
  ...everyEvent,
});
const stageEnded = <Type extends 'stage.completed' | 'stage.skipped' | 'stage.cancelled'>(type: Type) =>
  z.object({ type: z.literal(type), ...stageEnd, ...everyEvent });
const stageCompleted = stageEnded('stage.completed');
const stageSkipped = stageEnded('stage.skipped');
const stageCancelled = stageEnded('stage.cancelled');
const stageDegraded = z
  .object({
    type: z.literal('stage.degraded'),
    ...cause,
    consequence: z.string(),
    ...stageEnd,
    ...everyEvent,
  })
  .describe('The stage failed for good; the job goes on without it');
const jobRouted = z.object({ type: z.literal('job.routed'), route: routeSchema, ...everyEvent });
const jobFinished = z.object({
  type: z.literal('job.finished'),
  status: jobStatusSchema,
  job: jobSchema.nullable().describe('Null if the job was deleted meanwhile'),
  ...everyEvent,
});
const snapshot = z
  .object({ job: jobSchema.nullable().describe('Null if the job was deleted meanwhile'), ...everyEvent })
  .describe('`snapshot`: the whole job, in place of events that are no longer stored');

/** The `data` of a server-sent event. The event's name is its `type`, or `snapshot`. */
export const eventSchema = z
  .union([
    stageStarted,
    stageDelta,
    stageRetrying,
    stageCompleted,
    stageSkipped,
    stageCancelled,
    stageDegraded,
    jobRouted,
    jobFinished,
    snapshot,
  ])
  .meta({ id: 'JobEvent', description: 'An event of a job.' });

export type EventData = DeepReadonly<z.output<typeof eventSchema>>;

/** The `data` of an event with the event's id. */
type Received<Data> = DeepReadonly<Data> & {
  /** Counts the job's events from 1, without gaps. To resume after an event, pass its sequence as `after`. */
  readonly sequence: number;
};

export type StageStarted = Received<z.output<typeof stageStarted>>;
export type StageDelta = Received<z.output<typeof stageDelta>>;
export type StageRetrying = Received<z.output<typeof stageRetrying>>;
export type StageEnded = Received<
  z.output<typeof stageCompleted | typeof stageSkipped | typeof stageCancelled>
>;
export type StageDegraded = Received<z.output<typeof stageDegraded>>;
export type JobRouted = Received<z.output<typeof jobRouted>>;
export type JobFinished = Omit<Received<z.output<typeof jobFinished>>, 'job' | 'status'> & {
  readonly status: FinishedJob['status'];
  readonly job: FinishedJob;
};
/** The whole job, in place of events that are no longer stored. It may include what the next events report. */
export type Snapshot = Omit<Received<z.output<typeof snapshot>>, 'job'> & {
  readonly type: 'snapshot';
  readonly job: Job;
};

/** An event as a client receives it. A newer service may send other types: give a `switch` a default. */
export type JobEvent =
  | StageStarted
  | StageDelta
  | StageRetrying
  | StageEnded
  | StageDegraded
  | JobRouted
  | JobFinished
  | Snapshot;
