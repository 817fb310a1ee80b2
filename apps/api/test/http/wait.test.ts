import { connectBlocking, keysOf } from '@codegen/queue/testing';
import { postJob } from '@codegen/testing/api/requests';
import {
  expectAcceptedHeaders,
  expectProblem,
  type Reply,
  type Service,
  startService,
  until,
} from '@codegen/testing/api/service';
import { hangs, type Reply as ModelReply, reply, writes } from '@codegen/testing/models/replies';
import { simpleResponse } from '@codegen/testing/runs/case';
import { describe, expect, inject, test } from 'vitest';

/** A model that answers only after `release`. */
function held(reply: ModelReply = writes) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const answer: ModelReply = async (call, moments) => {
    await promise;
    return reply(call, moments);
  };
  return { answer, release: resolve };
}

const simple = reply('simple');

function expectAccepted(answer: Reply): string {
  const path = expectAcceptedHeaders(answer);
  expect(answer.json).toEqual({ id: path.slice('/jobs/'.length), status: 'accepted', job: path });
  return path;
}

test.concurrent.each([
  'wait=soon',
  'wait=-1',
  'wait',
  'wait=1.5',
  'respond-async wait=1',
  '=1',
  'foo="',
  'x'.repeat(2_000),
])('a malformed “Prefer: %s” starts no job', async (prefer) => {
  await using service = await startService();
  expectProblem(await service.get('/generate?query=x', { Prefer: prefer }), 'malformed-preference', 400);
  expect(service.models.calls).toEqual([]);
});

test.concurrent.each([
  ['respond-async', 'respond-async'],
  ['Respond-Async', 'respond-async'],
  ['wait=0', 'wait=0'],
  ['wait="0"', 'wait=0'],
  ['respond-async, wait=0', 'respond-async, wait=0'],
  ['wait=0;x=y, respond-async', 'respond-async, wait=0'],
  ['return=minimal, respond-async', 'respond-async'],
])('“Prefer: %s” gets 202 at once', async (prefer, applied) => {
  await using service = await startService({ replies: { classify: hangs } });
  const reply = await service.get('/generate?query=x', { Prefer: prefer });
  const path = expectAccepted(reply);
  expect(reply.headers.get('Preference-Applied')).toBe(applied);
  expect((await service.get(path)).status).toBe(200);
});

test.concurrent('the job of a 202 can be read at once and later has the result', async () => {
  const { answer, release } = held();
  await using service = await startService({ replies: { classify: simple, answer } });
  const path = expectAccepted(await service.get('/generate?query=x', { Prefer: 'respond-async' }));
  const open = await service.get(path);
  expect(open.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  expect(open.json.result).toBeNull();
  release();
  await service.finished(path);
  const done = await service.get(path);
  expect(done.headers.get('Retry-After')).toBeNull();
  expect(done.json.result).toEqual(simpleResponse);
});

test.concurrent.each([
  ['wait=1', 'wait=1'],
  ['respond-async, wait=1', 'respond-async, wait=1'],
])('“Prefer: %s” gets 202 for a job that takes longer, which continues', async (prefer, applied) => {
  const { answer, release } = held();
  await using service = await startService({ replies: { classify: simple, answer } });
  const reply = await service.get('/generate?query=x', { Prefer: prefer });
  const path = expectAccepted(reply);
  expect(reply.headers.get('Preference-Applied')).toBe(applied);
  release();
  await service.finished(path);
  expect((await service.get(path)).json.result).toEqual(simpleResponse);
});

test.concurrent.each(['wait=40', 'respond-async, wait=40', 'wait=999999999'])(
  '“Prefer: %s” gets 200 for a job that takes less',
  async (prefer) => {
    await using service = await startService({ replies: { classify: simple } });
    const reply = await service.get('/generate?query=x', { Prefer: prefer });
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual(simpleResponse);
  },
);

test.concurrent('no request waits longer than SYNC_WAIT_SECONDS, and its job continues', async () => {
  const { answer, release } = held();
  await using service = await startService({
    settings: { SYNC_WAIT_SECONDS: 1 },
    replies: { classify: simple, answer },
  });
  const [silent, greedy] = await Promise.all([
    service.get('/generate?query=x'),
    service.get('/generate?query=y', { Prefer: 'wait=3600' }),
  ]);
  expect(silent.headers.get('Preference-Applied')).toBeNull();
  expect(greedy.headers.get('Preference-Applied')).toBe('wait=1');
  const paths = [expectAccepted(silent), expectAccepted(greedy)];
  release();
  for (const path of paths) {
    await service.finished(path);
    expect((await service.get(path)).json.result).toEqual(simpleResponse);
  }
});

test.concurrent('every request gets 202 with SYNC_WAIT_SECONDS=0', async () => {
  await using service = await startService({ settings: { SYNC_WAIT_SECONDS: 0 } });
  const reply = await service.get('/generate?query=x', { Prefer: 'wait=30' });
  expectAccepted(reply);
  expect(reply.headers.get('Preference-Applied')).toBe('wait=0');
});

test.concurrent('a job without a worker stays queued', async () => {
  await using service = await startService({ worker: false, replies: { classify: simple } });
  const path = expectAccepted(await service.get('/generate?query=x', { Prefer: 'wait=1' }));
  expect((await service.get(path)).json.status).toBe('queued');
  await service.startWorker();
  await service.finished(path);
  expect((await service.get(path)).json.result).toEqual(simpleResponse);
});

describe('a job lost by Redis', () => {
  /** Deletes the runs, like a truncated append-only file. */
  async function lose({ namespace, get }: Service) {
    const ids = async () => (await get('/jobs')).json.jobs.map(({ id }: { id: string }) => id);
    await until(async () => (await ids()).length === 1);
    const redis = connectBlocking(inject('redisUrl'));
    for (const id of await ids()) await redis.del(keysOf(namespace).run(id));
    redis.disconnect();
  }

  test.concurrent.each<[string, (service: Service) => Promise<Reply>]>([
    ['GET /generate', ({ get }) => get('/generate?query=hello', { Prefer: 'wait=5' })],
    ['POST /jobs', (service) => postJob(service, { query: 'hello', wait: 5 })],
  ])('%s gets 503 after its wait', async (_, ask) => {
    await using service = await startService({ worker: false });
    const [reply] = await Promise.all([ask(service), lose(service)]);
    expectProblem(reply, 'queue-unavailable', 503);
    expect(reply.headers.get('Retry-After')).toBe('1');
    expect(reply.headers.get('X-Job-Id')).toBeNull();
  });
});
