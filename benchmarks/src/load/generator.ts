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
  /** Leaves what is held; says how many had ended by themselves. */
  release(): Promise<number>;
}

export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'main.ts'));
  const perform = async (job: LoadJob): Promise<LoadResult | number> => {
    const answered = once(child, 'message');
    child.send(job);
    const [{ result, error }] = (await answered) as [{ result?: LoadResult | number; error?: string }];
    const failure = error ?? (typeof result === 'object' ? result.failures[0] : undefined);
    if (failure !== undefined) throw new Error(`a request failed: ${failure}`);
    return result ?? 0;
  };
  return {
    async drive(job) {
      const result = await perform({ kind: 'drive', ...job });
      if (typeof result === 'number') throw new Error('the load generator said nothing');
      return result;
    },
    async hold(job) {
      await perform({ kind: 'hold', ...job });
    },
    async release() {
      const ended = await perform({ kind: 'release' });
      return typeof ended === 'number' ? ended : 0;
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
