import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Drive, Hold, LoadJob, LoadResult } from './job.ts';

/** Makes the requests, from a process of its own; one thing at a time. */
export interface LoadGenerator extends AsyncDisposable {
  /** @throws if a request fails or is answered with anything but what is expected */
  drive(job: Drive): Promise<LoadResult>;
  /** Resolves when all are open. */
  hold(job: Hold): Promise<void>;
  release(): Promise<void>;
}

export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'main.ts'));
  const perform = async (job: LoadJob): Promise<LoadResult | null> => {
    const answered = once(child, 'message');
    child.send(job);
    const [{ result, error }] = (await answered) as [{ result?: LoadResult | null; error?: string }];
    const failure = error ?? result?.failures[0];
    if (failure !== undefined) throw new Error(`a request failed: ${failure}`);
    return result ?? null;
  };
  return {
    async drive(job) {
      const result = await perform({ kind: 'drive', ...job });
      if (result === null) throw new Error('the load generator said nothing');
      return result;
    },
    async hold(job) {
      await perform({ kind: 'hold', ...job });
    },
    async release() {
      await perform({ kind: 'release' });
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
