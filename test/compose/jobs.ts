import { randomUUID } from 'node:crypto';
import type { Job } from '@codegen/contract';
import { expect, vi } from 'vitest';
import { COMPLEX, generatePath } from '../e2e/service.ts';

const ASYNC = { headers: { Prefer: 'respond-async' } };

/** Submits `count` different complex requests. @returns the locations of their jobs */
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

/** Waits until all jobs have finished. Tolerates outages of Redis and the API. @throws Error if a job is lost */
export const waitForJobs = (url: string, locations: readonly string[]): Promise<Job[]> =>
  Promise.all(
    locations.map((location) =>
      vi.waitUntil(
        async () => {
          const response = await fetch(`${url}${location}`).catch(() => null);
          if (response?.status === 404) throw new Error(`${location} is lost`);
          const job = response?.ok ? ((await response.json()) as Job) : null;
          return job !== null && job.finishedAt !== null && job;
        },
        { timeout: 150_000, interval: 250 },
      ),
    ),
  );

/** Number of stages that are running. */
export async function runningStages(url: string, locations: readonly string[]): Promise<number> {
  const jobs = await Promise.all(locations.map((location) => readJob(url, location)));
  return jobs.flatMap(({ stages }) => stages).filter(({ status }) => status === 'running').length;
}

/** Expects a complete result and no failed calls except those of lost workers. */
export function expectComplete(job: Job): void {
  expect([job.status, job.degraded]).toEqual(['completed', []]);
  expect(job.result?.code).toMatch(/^(?:#|\/\/) Simulated answer/);
  for (const stage of job.stages) {
    const failures = stage.calls.flatMap(({ failure }) => failure?.code ?? []);
    // The simulator writes no test cases for these requests.
    const isSkipped = stage.name === 'verify';
    expect([stage.name, stage.status]).toEqual([stage.name, isSkipped ? 'skipped' : 'completed']);
    expect(failures.filter((code) => code !== 'worker-lost')).toEqual([]);
    expect(stage.attempts).toBe((isSkipped ? 0 : 1) + failures.length);
  }
}

/** Number of failed calls. */
export const lostCalls = (jobs: readonly Job[]): number =>
  jobs.flatMap(({ stages }) => stages.flatMap(({ calls }) => calls)).filter(({ failure }) => failure !== null)
    .length;
