import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** What the command line reads of a job; see GET /jobs/:id. */
const jobSchema = z.object({
  status: z.enum(['queued', 'running', 'completed', 'failed', 'cancelled']),
  route: z.string().nullable(),
  simulated: z.boolean(),
  finishedAt: z.string().nullable(),
  durationMs: z.number().nullable(),
  cost: z.number().nullable(),
  stages: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      model: z.string().nullable(),
      servedModel: z.string().nullable(),
      attempts: z.number(),
      durationMs: z.number().nullable(),
      failure: z.object({ message: z.string() }).nullable(),
    }),
  ),
  degraded: z.array(z.object({ stage: z.string(), why: z.string(), consequence: z.string() })),
  result: z.object({ code: z.string(), feedback: z.string().optional() }).nullable(),
  problem: z.object({ detail: z.string() }).nullable(),
});

export type Job = z.infer<typeof jobSchema>;

/** The service refused or could not be reached; the message is for the person at the terminal. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
}

const POLL_MS = 150;
const REQUEST_DEADLINE_MS = 15_000;
/** A service that restarts is waited for this long. */
const PATIENCE_MS = 60_000;

/** Starts a job and follows it to its end, telling of every change. @throws ServiceError */
export async function runJob(
  url: string,
  query: string,
  tell: (job: Job) => void,
  signal: AbortSignal,
): Promise<Job> {
  const target = `${url}/generate?query=${encodeURIComponent(query)}`;
  const accepted = await request(target, signal, { Prefer: 'respond-async' });
  const location = accepted.headers.get('Location');
  if (accepted.status !== 202 || location === null) throw new ServiceError(await reason(accepted));
  const jobUrl = new URL(location, url);
  let failingSince: number | null = null;
  for (;;) {
    const answer = await request(jobUrl, signal, {}).catch((error: unknown) => {
      failingSince ??= Date.now();
      if (signal.aborted || Date.now() - failingSince > PATIENCE_MS) throw error;
      return null;
    });
    if (answer?.status === 200) {
      failingSince = null;
      const job = jobSchema.parse(await answer.json());
      tell(job);
      if (job.status !== 'queued' && job.status !== 'running') return job;
    } else if (answer !== null && answer.status !== 503) {
      throw new ServiceError(await reason(answer));
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function request(url: string | URL, signal: AbortSignal, headers: Record<string, string>) {
  const deadline = AbortSignal.timeout(REQUEST_DEADLINE_MS);
  try {
    return await fetch(url, { headers, signal: AbortSignal.any([signal, deadline]) });
  } catch (error) {
    signal.throwIfAborted();
    throw new ServiceError(`the service at ${new URL(url).origin} does not answer`, { cause: error });
  }
}

async function reason(answer: Response): Promise<string> {
  const problem = z.object({ detail: z.string() }).safeParse(await answer.json().catch(() => null));
  return problem.success ? problem.data.detail : `the service answered ${answer.status}`;
}
