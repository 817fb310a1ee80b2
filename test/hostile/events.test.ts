import { randomUUID } from 'node:crypto';
import { fromQuery, graph } from '@codegen/pipeline';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { allFrames } from '../../apps/api/test/event-stream.ts';
import { type Service, startService } from '../../apps/api/test/service.ts';
import { type Client, createClient } from '../../packages/client/src/index.ts';
import { all } from '../../packages/client/test/all.ts';
import { createRunStore, type RunStore } from '../../packages/queue/src/jobs/run-store.ts';
import { type Connection, connectBlocking } from '../../packages/queue/src/redis/connection.ts';
import { keysOf } from '../../packages/queue/src/redis/keys.ts';
import { CORPUS, endless, hostileText } from './corpus.ts';

let service: Service;
let client: Client;
let redis: Connection;
let store: RunStore;
beforeAll(async () => {
  service = await startService({ worker: false });
  client = createClient({ baseUrl: service.url });
  redis = connectBlocking(inject('redisUrl'));
  store = createRunStore(graph, redis, keysOf(service.namespace), { retentionSeconds: 600 });
});
afterAll(async () => {
  redis.disconnect();
  await service[Symbol.asyncDispose]();
});

/** A run that tells these texts, several at a time, and is over then. */
async function tell(texts: readonly string[], together: number): Promise<string> {
  const run = { id: randomUUID(), conversation: fromQuery('x'), seed: 1, createdAt: Date.now() };
  await store.submit(run, { caller: 'anonymous' });
  for (let at = 0; at < texts.length; at += together) {
    const batch = texts.slice(at, at + together);
    await Promise.all(batch.map((text, i) => store.appendDelta(run.id, 'answer', text, at + i)));
  }
  await store.finish(run.id, { status: 'cancelled' }, Date.now());
  return run.id;
}

const textsOf = (events: readonly { type: string; text?: string }[]) =>
  events.flatMap((event) => (event.type === 'stage.delta' ? [event.text] : []));

test('any text comes back at the client as it was told, in order, wherever it goes on', async () => {
  const texts = fc.array(hostileText, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 4 }), fc.nat(12), async (told, together, after) => {
      const id = await tell(told, together);
      const events = await all(client.events(id));
      expect(textsOf(events)).toEqual(told);
      expect(events.map(({ sequence }) => sequence)).toEqual([...told, 'end'].map((_, index) => index + 1));
      const from = Math.min(after, told.length);
      expect(textsOf(await all(client.events(id, { after: from })))).toEqual(told.slice(from));
    }),
    { numRuns: 25 },
  );
});

test('a stream has no more frames and fields than it should, whatever stands in them', async () => {
  const told = CORPUS.map(({ text }) => text);
  const id = await tell(told, told.length);
  const response = await fetch(`${service.url}/jobs/${id}/events`);
  const lines = (await response.text()).split(/\r\n|\r|\n/);
  const fields = lines.filter((line) => line !== '').map((line) => line.slice(0, line.indexOf(':')));
  expect(fields).toEqual([...told, 'end'].flatMap(() => ['id', 'event', 'data']));
  const frames = await allFrames(`${service.url}/jobs/${id}/events`);
  expect(textsOf(frames.map(({ type, data }) => ({ ...data, type })))).toEqual(told);
});

test('megabytes in one line come through', async () => {
  const told = ['\\"\u001b', '\u2028', '\ud800', 'data: '].map((unit) => `${endless(unit, 2 ** 19)}\u2029`);
  expect(textsOf(await all(client.events(await tell(told, 1))))).toEqual(told);
});
