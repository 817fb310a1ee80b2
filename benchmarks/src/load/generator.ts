import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadJob, LoadResult } from './job.ts';

/** Makes the requests, from a process of its own. */
export interface LoadGenerator extends AsyncDisposable {
  /** One job at a time. @throws if a request fails or is answered with anything but a complex result */
  run(job: LoadJob): Promise<LoadResult>;
}

export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'main.ts'));
  return {
    async run(job) {
      const answered = once(child, 'message');
      child.send(job);
      const [{ result, error }] = (await answered) as [{ result?: LoadResult; error?: string }];
      const failure = error ?? result?.failures[0];
      if (failure !== undefined || result === undefined) throw new Error(`a request failed: ${failure}`);
      return result;
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
