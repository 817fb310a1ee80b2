import { queryOf, statusOf } from '@codegen/pipeline';
import type { StoredRun, Thread as StoredThread, ThreadEntry as StoredThreadEntry } from '@codegen/queue';
import type { Thread, ThreadEntry, Turn } from './thread.ts';
import { iso, type JobView, toJob } from './to-job.ts';

/** Maps the runs of a thread to the thread resource. */
export function toThread(view: JobView, id: string, { runs, omitted }: StoredThread): Thread {
  const times = runs.map(({ createdAt }) => createdAt);
  return {
    id,
    createdAt: iso(Math.min(...times)),
    updatedAt: iso(Math.max(...times)),
    omitted,
    turns: runs.map((run) => toTurn(view, run)),
  };
}

function toTurn(view: JobView, run: StoredRun): Turn {
  const { id, query, result, ...job } = toJob(view, run);
  const { previousJobId, status, route, files, diff, tokens, cost, createdAt } = job;
  return {
    jobId: id,
    previousJobId,
    status,
    route,
    request: query,
    code: result?.code ?? '',
    files,
    diff,
    question: result?.feedback ?? null,
    tokens,
    cost,
    createdAt,
  };
}

export const toThreadEntry = ({ id, size, first, newest }: StoredThreadEntry): ThreadEntry => ({
  id,
  createdAt: iso(first.createdAt),
  updatedAt: iso(newest.createdAt),
  jobs: size,
  request: queryOf(first.conversation),
  lastJobId: newest.id,
  status: statusOf(newest),
});
