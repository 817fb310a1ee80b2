import type { CodeFile } from './code.ts';
import type { Conversation } from './conversation.ts';
import type { FailureCode } from './failure.ts';
import { interruptStage } from './interruption.ts';
import { hasEnded, type StageRecord } from './record.ts';
import type { Response } from './response.ts';
import type { Route } from './stage.ts';
import type { Terms } from './terms.ts';

/** Something that went wrong without stopping the run. */
export interface Degradation {
  readonly stage: string;
  readonly code: FailureCode;
  readonly why: string;
  readonly consequence: string;
}

/** How a run ended: exactly one of these is ever stored for a run. */
export type Settled =
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
  readonly terms: Terms;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Null until the request is classified. */
  readonly route: Route | null;
  readonly stages: Readonly<Record<string, StageRecord>>;
  readonly settled: Settled | null;
  readonly settledAt: number | null;
}

export type RunStatus = 'queued' | 'running' | Settled['status'];

export const statusOf = ({ settled, stages }: Pick<Run, 'settled' | 'stages'>): RunStatus =>
  settled?.status ?? (Object.keys(stages).length === 0 ? 'queued' : 'running');

/** A run as it is shown: once it is settled none of its stages goes on, whatever was last put on record of it. */
export function atRest(run: Run): Run {
  const { settledAt } = run;
  if (settledAt === null) return run;
  const stages = Object.values(run.stages).map((record) =>
    hasEnded(record) ? record : interruptStage(record, 'cancelled', settledAt),
  );
  return { ...run, stages: Object.fromEntries(stages.map((record) => [record.stage, record])) };
}
