import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Drive, Hold, LoadJob, LoadResult } from './requests.ts';

/** Sends requests from its own process, one task at a time. */
export interface LoadGenerator extends AsyncDisposable {
  /** @throws Error if a request fails or has an unexpected response */
  drive(job: Drive): Promise<LoadResult>;
  /** Resolves when all requests are open. */
  hold(job: Hold): Promise<void>;
  /** Aborts the open requests. @returns the number that had already ended */
  release(): Promise<number>;
}

export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'main.ts'));
  const perform = async (job: LoadJob): Promise<LoadResult | number> => {
    const message = once(child, 'message');
    child.send(job);
    const [{ result, error }] = (await message) as [{ result?: LoadResult | number; error?: string }];
    const failure = error ?? (typeof result === 'object' ? result.failures[0] : undefined);
    if (failure !== undefined) throw new Error(`a request failed: ${failure}`);
    return result ?? 0;
  };
  return {
    async drive(job) {
      const result = await perform({ kind: 'drive', ...job });
      if (typeof result === 'number') throw new Error('the load generator returned no result');
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
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
