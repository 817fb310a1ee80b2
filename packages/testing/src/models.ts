import {
  ABORTED,
  type ModelRequest,
  type ModelResponse,
  NO_USAGE,
  type RetryPolicy,
  StageError,
} from '@codegen/pipeline';
import type { CaseRuntime } from './executor.ts';

import { CLEAN, ESTIMATED, type Replies } from './replies.ts';

/** A call as the models saw it. */
export interface Asked extends Pick<ModelRequest, 'run' | 'model' | 'attempt' | 'prompt'> {
  readonly stage: string;
  ended: 'answered' | 'failed' | 'aborted' | null;
}

/** The moments a reply or a cancellation can wait for. */
export interface Moments {
  /** Sets the executor's clock forward. */
  pass(ms: number): void;
  whenAsked(stage: string): Promise<void>;
  whenFailed(stage: string): Promise<void>;
}

export interface Models extends CaseRuntime, Moments {
  readonly asked: readonly Asked[];
}

const QUICK: RetryPolicy = { tries: 3, baseDelayMs: 1, patienceMs: 1_000, longestWaitMs: 5_000 };

/** Models that answer as scripted, in this process, and record what they are asked. */
export function scriptModels(replies: Replies, policy: Partial<RetryPolicy> = {}): Models {
  const asked: Asked[] = [];
  const moments = new Map<string, PromiseWithResolvers<void>>();
  const moment = (name: string) => {
    const known = moments.get(name) ?? Promise.withResolvers<void>();
    moments.set(name, known);
    return known;
  };
  let ahead = 0;
  const models: Models = {
    asked,
    now: () => Date.now() + ahead,
    pass(ms) {
      ahead += ms;
    },
    policy: { ...QUICK, ...policy },
    models: (role) => [`${role}-1`, `${role}-2`, `${role}-3`],
    whenAsked: (stage) => moment(`${stage} asked`).promise,
    whenFailed: (stage) => moment(`${stage} failed`).promise,

    async callModel({ run, stage: { name: stage }, model, attempt, prompt }, signal): Promise<ModelResponse> {
      const call: Asked = { run, stage, model, attempt, prompt, ended: null };
      asked.push(call);
      moment(`${stage} asked`).resolve();
      const script = [replies[stage] ?? CLEAN[stage] ?? []].flat();
      const reply = script[Math.min(attempt, script.length) - 1];
      try {
        if (reply === undefined) throw new Error(`nobody scripted ${stage}`);
        const answer = await Promise.race([reply(call, models), untilAborted(signal)]);
        call.ended = 'answered';
        return answer;
      } catch (error) {
        call.ended = signal.aborted ? 'aborted' : 'failed';
        moment(`${stage} failed`).resolve();
        throw error;
      }
    },
  };
  return models;
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const abort = () => reject(new StageError(ABORTED, { usage: { ...NO_USAGE, ...ESTIMATED } }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
