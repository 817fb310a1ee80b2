import type { CodeFile } from '../code/code.ts';
import type { RunOptions } from '../policy/options.ts';
import type { Route } from '../stages/stage.ts';
import type { Conversation } from './conversation.ts';
import type { FailureCode } from './failure.ts';
import { interruptStage } from './interruption.ts';
import { hasEnded, type StageRecord } from './record.ts';
import type { Response } from './response.ts';

/** Something that went wrong without stopping the run. */
export interface Degradation {
  readonly stage: string;
  readonly code: FailureCode;
  readonly why: string;
  readonly consequence: string;
}

/** How a run ended: exactly one of these is ever stored for a run. */
export type Outcome =
  | {
      readonly status: 'completed';
      readonly route: Route;
      /** The stage that wrote the code or asked the question. */
      readonly source: string;
      readonly response: Response;
      readonly language: string | null;
      readonly files: readonly CodeFile[];
      readonly degraded: readonly Degradation[];
    }
  | {
      readonly status: 'failed';
      readonly stage: string;
      readonly code: FailureCode;
      readonly detail: string;
      readonly degraded: readonly Degradation[];
    }
  | { readonly status: 'cancelled' };

/** A run as it stands. */
export interface Run {
  readonly id: string;
  readonly conversation: Conversation;
  readonly seed: number;
  readonly options: RunOptions;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Null until the request is classified. */
  readonly route: Route | null;
  readonly stages: Readonly<Record<string, StageRecord>>;
  readonly outcome: Outcome | null;
  readonly finishedAt: number | null;
}

export type RunStatus = 'queued' | 'running' | Outcome['status'];

export const statusOf = ({ outcome, stages }: Pick<Run, 'outcome' | 'stages'>): RunStatus =>
  outcome?.status ?? (Object.keys(stages).length === 0 ? 'queued' : 'running');

/** A run as it is shown: once it is settled none of its stages goes on, whatever was last put on record of it. */
export function atRest(run: Run): Run {
  const { finishedAt } = run;
  if (finishedAt === null) return run;
  const stages = Object.values(run.stages).map((record) =>
    hasEnded(record) ? record : interruptStage(record, 'cancelled', finishedAt),
  );
  return { ...run, stages: Object.fromEntries(stages.map((record) => [record.stage, record])) };
}
