import { simpleResponse } from '@codegen/testing/case';
import { hangs as isSilent, lost, type Reply, reply, writes } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import { startService } from '../../../apps/api/test/service.ts';
import { createClient } from '../src/index.ts';
import { all } from './all.ts';
import { answers, busy, hangsUp, loses, page, problem, relays, startScripted } from './scripted.ts';

const simple = { classify: reply('simple') };

function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const answer: Reply = async (asked, moments) => {
    await promise;
    return writes(asked, moments);
  };
  return { answer, release: resolve };
}

test('waiting goes on over as many answers as it takes', async () => {
  const { answer, release } = held();
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

test('waiting survives a service that is busy, breaks off, or is missed by its gateway', async () => {
  await using service = await startService({ replies: simple });
  const { id } = await createClient({ baseUrl: service.url }).submit({ query: 'hello' });
  const open = answers(200, { id, status: 'running', stages: [] }, { 'Retry-After': '0' });
  const half = (response: { write(text: string): void; socket: { destroy(): void } | null }) => {
    response.write('{"id":');
    setTimeout(() => response.socket?.destroy(), 10);
  };
  await using line = await startScripted(busy, hangsUp, open, half, page(504), relays(service.url));
  expect((await createClient({ baseUrl: line.url }).wait(id)).result).toEqual(simpleResponse);
  expect(line.asked.length).toBe(6);
});

test('a service that lets nobody wait is not asked all the time', async () => {
  const open = answers(200, { id: 'x', status: 'running', stages: [] }, { 'Retry-After': '1' });
  await using server = await startScripted(open);
  const signal = AbortSignal.timeout(1_500);
  await expect(createClient({ baseUrl: server.url }).wait('x', { signal })).rejects.toThrow(/timeout/);
  expect(server.asked.length).toBeLessThanOrEqual(2);
});

test('who waits learns of a failure', async () => {
  await using service = await startService({ replies: { ...simple, answer: lost } });
  const client = createClient({ baseUrl: service.url });
  const { id } = await client.submit({ query: 'hello' });
  const job = await client.wait(id);
  expect(job.status === 'failed' && job.problem.type).toBe('/problems/models-failed');
});

test('a cancelled job starts nothing more, and one that is over stays as it is', async () => {
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

test('only a job that has finished can be removed, once, also if the answer is lost', async () => {
  await using service = await startService({ replies: { ...simple, answer: isSilent } });
  const { id } = await createClient({ baseUrl: service.url }).submit({ query: 'hello' });
  await using line = await startScripted(
    relays(service.url),
    relays(service.url),
    loses(service.url),
    relays(service.url),
  );
  const client = createClient({ baseUrl: line.url });
  await expect(client.remove(id)).rejects.toMatchObject({ problem: { type: '/problems/job-not-finished' } });
  await client.cancel(id);
  await client.remove(id);
  expect(line.asked.length).toBe(4);
  await expect(client.remove(id)).rejects.toMatchObject({ status: 404 });
});

test('the list goes over all pages, the newest first, and fetches only what is read', async () => {
  await using service = await startService({ worker: false });
  const client = createClient({ baseUrl: service.url });
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    ids.unshift((await client.submit({ query: `number ${i}`, metadata: { odd: String(i % 2) } })).id);
  }
  const every = await all(client.list({ limit: 3 }));
  // Those of one millisecond are in no order.
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

test('a page that is empty is not the last one', async () => {
  const job = { id: 'x', status: 'queued', stages: [] };
  await using server = await startScripted(
    answers(200, { jobs: [], next: 'a+b' }),
    problem(503, 'queue-unavailable', { 'Retry-After': '0' }),
    answers(200, { jobs: [job], next: null }),
  );
  expect(await all(createClient({ baseUrl: server.url }).list())).toEqual([job]);
  expect(server.asked.map(({ path }) => path)).toEqual([
    '/jobs?',
    '/jobs?cursor=a%2Bb',
    '/jobs?cursor=a%2Bb',
  ]);
});
