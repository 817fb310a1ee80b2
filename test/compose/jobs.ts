import { randomUUID } from 'node:crypto';
import type { Job } from '@codegen/contract';
import { expect, vi } from 'vitest';
import { COMPLEX, generatePath } from '../e2e/service.ts';

const ASYNC = { headers: { Prefer: 'respond-async' } };

/** Asks for `count` complex implementations, no two alike, and waits for none. */
export async function startJobs(url: string, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const response = await fetch(`${url}${generatePath(`${COMPLEX} for ${randomUUID()}`)}`, ASYNC);
      expect(response.status).toBe(202);
      return response.headers.get('Location') ?? '';
    }),
  );
}

export async function readJob(url: string, location: string): Promise<Job> {
  const response = await fetch(`${url}${location}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Job;
}

/** Resolves with all the jobs once they have ended. A Redis or an API that is away for a moment is asked again. */
export const jobsEnded = (url: string, locations: readonly string[]): Promise<Job[]> =>
  Promise.all(
    locations.map((location) =>
      vi.waitUntil(
        async () => {
          const response = await fetch(`${url}${location}`).catch(() => null);
          // A job that is not found is lost: no use in asking again.
          if (response?.status === 404) throw new Error(`${location} is lost`);
          const job = response?.ok ? ((await response.json()) as Job) : null;
          return job !== null && job.finishedAt !== null && job;
        },
        { timeout: 150_000, interval: 250 },
      ),
    ),
  );

/** How many stages are with a worker at this moment. */
export async function inHand(url: string, locations: readonly string[]): Promise<number> {
  const jobs = await Promise.all(locations.map((location) => readJob(url, location)));
  return jobs.flatMap(({ stages }) => stages).filter(({ status }) => status === 'running').length;
}

/** A whole answer, and no call that failed but for a worker that was lost in the middle of it. */
export function expectWhole(job: Job): void {
  expect([job.status, job.degraded]).toEqual(['completed', []]);
  expect(job.result?.code).toMatch(/^(?:#|\/\/) Simulated answer/);
  for (const stage of job.stages) {
    const failures = stage.calls.flatMap(({ failure }) => failure?.code ?? []);
    expect([stage.name, stage.status]).toEqual([stage.name, 'completed']);
    expect(failures.filter((code) => code !== 'worker-lost')).toEqual([]);
    expect(stage.attempts).toBe(1 + failures.length);
  }
}

/** How many calls were lost together with their worker. */
export const lostCalls = (jobs: readonly Job[]): number =>
  jobs.flatMap(({ stages }) => stages.flatMap(({ calls }) => calls)).filter(({ failure }) => failure !== null)
    .length;
