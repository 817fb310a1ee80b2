import type { Job, JobStage } from '@codegen/contract';
import { type Letter, letterOf, type StageState, stateOfStage } from './stages.ts';

/** What the events report and the job does not. */
export interface StageNote {
  readonly why?: string;
  readonly consequence?: string;
  /** Time of the next attempt, ms since 1970. */
  readonly retryAt?: number;
}

export type Notes = Readonly<Record<string, StageNote>>;

export interface StageView extends StageNote {
  readonly name: string;
  readonly state: StageState;
  readonly stage: JobStage;
  /** The model that answered, else the one requested. */
  readonly model: string | null;
  readonly isFallback: boolean;
  readonly isReused: boolean;
}

/** How the page shows a job as a whole. */
export type JobState =
  | 'queued'
  | 'running'
  | 'retrying'
  | 'done'
  | 'degraded'
  | 'asking'
  | 'failed'
  | 'cancelled';

export interface JobView {
  readonly job: Job;
  readonly state: JobState;
  readonly isFinished: boolean;
  readonly stages: ReadonlyMap<string, StageView>;
  /** Whether the caller ended the job with its provisional code. */
  readonly isAccepted: boolean;
  /** The version that the reviewer chose. */
  readonly choice: Letter | null;
}

const ACCEPTED = 'skipped-by-caller';

/** Derives what the page shows. Pure: after a reload the same job and events give the same view. */
export function viewOf(job: Job, notes: Notes = {}): JobView {
  const degraded = new Map(job.degraded.map((one) => [one.stage, one]));
  const stages = job.stages.map((stage): StageView => {
    const isFatal = job.problem?.stage === stage.name;
    const first = stage.calls[0]?.model ?? null;
    const model = stage.servedModel ?? stage.model;
    const why = degraded.get(stage.name)?.why ?? stage.failure?.message;
    const consequence = degraded.get(stage.name)?.consequence;
    return {
      ...notes[stage.name],
      ...(why !== undefined && { why }),
      ...(consequence !== undefined && { consequence }),
      name: stage.name,
      state: stateOfStage(stage.status, isFatal),
      stage,
      model,
      isFallback: stage.model !== null && first !== null && stage.model !== first,
      isReused: stage.reused,
    };
  });
  const isAccepted = job.degraded.some(({ code }) => code === ACCEPTED);
  return {
    job,
    state: stateOf(job, stages, isAccepted),
    isFinished: isFinishedStatus(job.status),
    stages: new Map(stages.map((stage) => [stage.name, stage])),
    isAccepted,
    choice: letterOf(job.choice?.stage),
  };
}

export const isFinishedStatus = (status: Job['status']) => status !== 'queued' && status !== 'running';

function stateOf(job: Job, stages: readonly StageView[], isAccepted: boolean): JobState {
  if (job.status === 'running')
    return stages.some(({ state }) => state === 'running') ||
      !stages.some(({ state }) => state === 'retrying')
      ? 'running'
      : 'retrying';
  if (job.status !== 'completed') return job.status;
  if (isQuestion(job)) return 'asking';
  return job.degraded.length > 0 && !isAccepted ? 'degraded' : 'done';
}

export const isQuestion = (job: Pick<Job, 'result'>) => job.result?.ambiguous === true;

/** The state of a job that is only listed. */
export const stateOfJob = (job: Job) => viewOf(job).state;

/** The number of stages that did what they had to do. One with nothing to do counts, one that the job left out does not. */
export const countDone = ({ stages, job }: JobView) => {
  const leftOut = new Set(job.degraded.map(({ stage }) => stage));
  return [...stages.values()].filter(
    ({ name, state }) => state === 'done' || (state === 'skipped' && !leftOut.has(name)),
  ).length;
};
