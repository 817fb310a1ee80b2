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
import { errorMessage, runJob } from '../src/generate/run-job.ts';

const job = { id: 'x', status: 'running', stages: [] };
const accepted = answers(202, job);
const HELLO = { query: 'hello' };
const IGNORED = { onEvent() {} };

/** Runs a job against a scripted server and interrupts it after `count` requests. */
async function interruptAt(count: number, ...steps: readonly [Step, ...Step[]]) {
  await using server = await startScripted(...steps);
  const interrupt = new AbortController();
  const cancelled: string[] = [];
  const running = runJob(
    createClient({ baseUrl: server.url }),
    HELLO,
    { onEvent() {}, onCancelled: (job) => cancelled.push(job.id) },
    interrupt.signal,
  );
  const failed = running.catch((error: unknown) => error);
  await expect.poll(() => server.requests.length).toBe(count);
  interrupt.abort(new Error('interrupted'));
  const error = await failed;
  return { error, cancelled, requests: server.requests.map(({ method, path }) => `${method} ${path}`) };
}

const interrupted = new Error('interrupted');

it('cancels the job when interrupted during submission', async () => {
  const slow: Step = (response, received) => {
    setTimeout(() => accepted(response, received), 300);
  };
  const { error, requests, cancelled } = await interruptAt(1, slow, answers(202, job));
  expect(error).toEqual(interrupted);
  expect(cancelled).toEqual(['x']);
  expect(requests).toEqual(['POST /jobs', 'POST /jobs/x/cancel']);
});

it('cancels the job when interrupted later, and ignores a failed cancellation', async () => {
  const { error, requests } = await interruptAt(2, accepted, hangs, problem(404, 'unknown-job'));
  expect(error).toEqual(interrupted);
  expect(requests).toEqual(['POST /jobs', 'GET /jobs/x/events', 'POST /jobs/x/cancel']);
});

it.each<[string, number, [Step, ...Step[]]]>([
  ['accepts the job', 1, [hangs]],
  ['sends events', 2, [accepted, hangs]],
])('gives up soon after an interrupt when the service never %s', async (_, count, steps) => {
  const { error } = await interruptAt(count, ...steps);
  expect(error).toEqual(interrupted);
});

it('submits nothing after an interrupt', async () => {
  await using server = await startScripted(accepted);
  const client = createClient({ baseUrl: server.url });
  await expect(runJob(client, HELLO, IGNORED, AbortSignal.abort(interrupted))).rejects.toBe(interrupted);
  expect(server.requests).toEqual([]);
});

it('does not cancel the job when it fails without an interrupt', async () => {
  await using server = await startScripted(accepted, problem(404, 'unknown-job'));
  const { signal } = new AbortController();
  const running = runJob(createClient({ baseUrl: server.url }), HELLO, IGNORED, signal);
  await expect(running).rejects.toThrow('it is unknown-job');
  expect(server.requests.length).toBe(2);
});

it('fetches the job when the events end before it finished', async () => {
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
  expect(await runJob(createClient({ baseUrl: server.url }), HELLO, IGNORED, signal)).toEqual(finished);
});

it('names CODEGEN_API_KEY when the service requires a key', async () => {
  await using server = await startScripted(problem(401, 'unauthorized'));
  const error = await createClient({ baseUrl: server.url })
    .job('x')
    .catch((reason: unknown) => reason);
  expect(errorMessage(error)).toBe('Oh. Set CODEGEN_API_KEY to your key.');
});
