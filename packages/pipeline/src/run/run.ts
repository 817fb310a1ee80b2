import type { CodeFile } from '../code/code.ts';
import type { RunOptions } from '../policy/options.ts';
import type { Route } from '../stages/stage.ts';
import type { FailureCode } from './failure.ts';
import { cancelStage, hasEnded, type StageRecord } from './record.ts';
import type { Response } from './response.ts';

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** The turns of a conversation. The last turn is the user's request. */
export type Conversation = readonly Message[];

export const fromQuery = (query: string): Conversation => [{ role: 'user', content: query }];

/** The request: the content of the last message. */
export const queryOf = (conversation: Conversation): string => conversation.at(-1)?.content ?? '';

/** A failure that did not end the run. */
export interface Degradation {
  readonly stage: string;
  readonly code: FailureCode;
  readonly why: string;
  readonly consequence: string;
}

/** How a run ended. A run has one outcome; it never changes. */
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

/** The state of a run. Times are milliseconds since 1970. */
export interface Run {
  readonly id: string;
  readonly conversation: Conversation;
  readonly seed: number;
  readonly options: RunOptions;
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

/** A finished run with its open stages cancelled. Any other run is returned as it is. */
export function cancelOpenStages(run: Run): Run {
  const { finishedAt } = run;
  if (finishedAt === null) return run;
  const stages = Object.values(run.stages).map((record) =>
    hasEnded(record) ? record : cancelStage(record, finishedAt),
  );
  return { ...run, stages: Object.fromEntries(stages.map((record) => [record.stage, record])) };
}
