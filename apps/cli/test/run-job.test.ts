import { createClient } from '@codegen/client';
import {
  answers,
  event,
  hangs,
  problem,
  type Step,
  startScripted,
  streams,
} from '@codegen/testing/network/scripted-server';
import { expect, it } from 'vitest';
import { runJob, wordsFor } from '../src/generate/run-job.ts';

const job = { id: 'x', status: 'running', stages: [] };
const accepted = answers(202, job);

/** Runs a job against a server and interrupts it when so many requests were made. */
async function interruptAt(count: number, ...steps: readonly [Step, ...Step[]]) {
  await using server = await startScripted(...steps);
  const interrupt = new AbortController();
  const running = runJob(createClient({ baseUrl: server.url }), 'hello', () => {}, interrupt.signal);
  const failed = running.catch((error: unknown) => error);
  await expect.poll(() => server.asked.length).toBe(count);
  interrupt.abort(new Error('interrupted'));
  const error = await failed;
  return { error, asked: server.asked.map(({ method, path }) => `${method} ${path}`) };
}

const interrupted = new Error('interrupted');

it('cancels a job that was just being submitted', async () => {
  const slow: Step = (response, asked) => {
    setTimeout(() => accepted(response, asked), 300);
  };
  const { error, asked } = await interruptAt(1, slow, answers(202, job));
  expect(error).toEqual(interrupted);
  expect(asked).toEqual(['POST /jobs', 'POST /jobs/x/cancel']);
});

it('cancels a job that is followed, and makes nothing of it if that cannot be done', async () => {
  const { error, asked } = await interruptAt(2, accepted, hangs, problem(404, 'unknown-job'));
  expect(error).toEqual(interrupted);
  expect(asked).toEqual(['POST /jobs', 'GET /jobs/x/events', 'POST /jobs/x/cancel']);
});

it.each<[string, number, [Step, ...Step[]]]>([
  ['takes the job', 1, [hangs]],
  ['tells of it', 2, [accepted, hangs]],
])('does not wait for long for a service that never %s', async (_, count, steps) => {
  const { error } = await interruptAt(count, ...steps);
  expect(error).toEqual(interrupted);
});

it('starts nothing after an interrupt', async () => {
  await using server = await startScripted(accepted);
  const client = createClient({ baseUrl: server.url });
  await expect(runJob(client, 'hello', () => {}, AbortSignal.abort(interrupted))).rejects.toBe(interrupted);
  expect(server.asked).toEqual([]);
});

it('cancels nothing when it fails for another reason', async () => {
  await using server = await startScripted(accepted, problem(404, 'unknown-job'));
  const { signal } = new AbortController();
  const running = runJob(createClient({ baseUrl: server.url }), 'hello', () => {}, signal);
  await expect(running).rejects.toThrow('it is unknown-job');
  expect(server.asked.length).toBe(2);
});

it('asks for the job when its events end without it', async () => {
  const finished = { ...job, status: 'failed' };
  const over = streams(event(9, 'snapshot', { job: finished }));
  await using server = await startScripted(
    accepted,
    over,
    streams(),
    answers(200, finished),
    streams(),
    answers(200, finished),
  );
  const { signal } = new AbortController();
  expect(await runJob(createClient({ baseUrl: server.url }), 'hello', () => {}, signal)).toEqual(finished);
});

it('says where a key belongs', async () => {
  await using server = await startScripted(problem(401, 'unauthorized'));
  const error = await createClient({ baseUrl: server.url })
    .job('x')
    .catch((reason: unknown) => reason);
  expect(wordsFor(error)).toBe('it is unauthorized It goes into CODEGEN_API_KEY.');
});
