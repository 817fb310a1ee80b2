import { all } from '@codegen/testing/api/collect';
import { startService } from '@codegen/testing/api/service';
import { hangs as isSilent, lost, type Reply, reply, writes } from '@codegen/testing/models/replies';
import {
  answers,
  busy,
  closes,
  loses,
  page,
  problem,
  relays,
  startScripted,
} from '@codegen/testing/network/scripted-server';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';
import { createClient } from '../src/index.ts';

const simple = { classify: reply('simple') };

function heldAnswer() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const answer: Reply = async (call, moments) => {
    await promise;
    return writes(call, moments);
  };
  return { answer, release: resolve };
}

test('wait polls until the job has finished', async () => {
  const { answer, release } = heldAnswer();
  await using service = await startService({
    replies: { ...simple, answer },
    settings: { SYNC_WAIT_SECONDS: 1 },
  });
  let polls = 0;
  const client = createClient({
    baseUrl: service.url,
    fetch: (...args) => {
      polls += 1;
      if (polls === 4) release();
      return fetch(...args);
    },
  });
  const { id } = await client.submit({ query: 'hello' });
  expect(await client.wait(id)).toMatchObject({ id, status: 'completed', result: simpleResponse });
  expect(polls).toBeGreaterThanOrEqual(4);
});

test('wait retries when the service is busy, closes the connection, or its gateway times out', async () => {
  await using service = await startService({ replies: simple });
  const { id } = await createClient({ baseUrl: service.url }).submit({ query: 'hello' });
  const open = answers(200, { id, status: 'running', stages: [] }, { 'Retry-After': '0' });
  const half = (response: { write(text: string): void; socket: { destroy(): void } | null }) => {
    response.write('{"id":');
    setTimeout(() => response.socket?.destroy(), 10);
  };
  await using proxy = await startScripted(busy, closes, open, half, page(504), relays(service.url));
  expect((await createClient({ baseUrl: proxy.url }).wait(id)).result).toEqual(simpleResponse);
  expect(proxy.requests.length).toBe(6);
});

test('wait respects Retry-After if the service answers at once', async () => {
  const open = answers(200, { id: 'x', status: 'running', stages: [] }, { 'Retry-After': '1' });
  await using server = await startScripted(open);
  const signal = AbortSignal.timeout(1_500);
  await expect(createClient({ baseUrl: server.url }).wait('x', { signal })).rejects.toThrow(/timeout/);
  expect(server.requests.length).toBeLessThanOrEqual(2);
});

test('wait resolves with a failed job and its problem', async () => {
  await using service = await startService({ replies: { ...simple, answer: lost } });
  const client = createClient({ baseUrl: service.url });
  const { id } = await client.submit({ query: 'hello' });
  const job = await client.wait(id);
  expect(job.status === 'failed' && job.problem.type).toBe('/problems/models-failed');
});

test('cancel aborts the running call, and leaves a finished job as it is', async () => {
  await using service = await startService({ replies: { ...simple, answer: isSilent } });
  const client = createClient({ baseUrl: service.url });
  const { id } = await client.submit({ query: 'hello' });
  const waiting = client.wait(id);
  await service.models.whenCalled('answer');
  expect((await client.cancel(id)).status).toBe('cancelled');
  expect((await waiting).status).toBe('cancelled');
  await expect.poll(() => service.models.calls.at(-1)?.ended).toBe('aborted');
  expect((await client.cancel(id)).status).toBe('cancelled');
});

test('remove deletes a finished job once, also if the response is lost', async () => {
  await using service = await startService({ replies: { ...simple, answer: isSilent } });
  const { id } = await createClient({ baseUrl: service.url }).submit({ query: 'hello' });
  await using proxy = await startScripted(
    relays(service.url),
    relays(service.url),
    loses(service.url),
    relays(service.url),
  );
  const client = createClient({ baseUrl: proxy.url });
  await expect(client.remove(id)).rejects.toMatchObject({ problem: { type: '/problems/job-not-finished' } });
  await client.cancel(id);
  await client.remove(id);
  expect(proxy.requests.length).toBe(4);
  await expect(client.remove(id)).rejects.toMatchObject({ status: 404 });
});

test('list yields jobs of all pages, newest first, and fetches pages on demand', async () => {
  await using service = await startService({ worker: false });
  const client = createClient({ baseUrl: service.url });
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    ids.unshift((await client.submit({ query: `number ${i}`, metadata: { odd: String(i % 2) } })).id);
  }
  const every = await all(client.list({ limit: 3 }));
  // Jobs of the same millisecond have no order.
  expect(every.map(({ id }) => id).sort()).toEqual(ids.toSorted());
  const odd = await all(client.list({ limit: 2, metadata: { odd: '1' }, status: 'queued' }));
  expect(odd.map(({ query }) => query).sort()).toEqual(['number 1', 'number 3', 'number 5']);
  const since = new Date(Date.now() + 60_000);
  expect(await all(client.list({ createdFrom: since }))).toEqual([]);
  expect(await all(client.list({ createdTo: since.toISOString() }))).toHaveLength(7);

  let pages = 0;
  const lazy = createClient({
    baseUrl: service.url,
    fetch: (...args) => {
      pages += 1;
      return fetch(...args);
    },
  });
  for await (const _ of lazy.list({ limit: 3 })) break;
  expect(pages).toBe(1);
});

test('list continues after an empty page', async () => {
  const job = { id: 'x', status: 'queued', stages: [] };
  await using server = await startScripted(
    answers(200, { jobs: [], next: 'a+b' }),
    problem(503, 'queue-unavailable', { 'Retry-After': '0' }),
    answers(200, { jobs: [job], next: null }),
  );
  expect(await all(createClient({ baseUrl: server.url }).list())).toEqual([job]);
  expect(server.requests.map(({ path }) => path)).toEqual([
    '/jobs?',
    '/jobs?cursor=a%2Bb',
    '/jobs?cursor=a%2Bb',
  ]);
});
