import { randomUUID } from 'node:crypto';
import { type Client, createClient } from '@codegen/client';
import { fromQuery, graph } from '@codegen/pipeline';
import {
  type Connection,
  connectBlocking,
  createRunStore,
  keysOf,
  type RunStore,
} from '@codegen/queue/testing';
import { all } from '@codegen/testing/api/collect';
import { allFrames } from '@codegen/testing/api/event-frames';
import { type Service, startService } from '@codegen/testing/api/service';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
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

/** Starts a run, appends these texts as events, several at a time, and finishes the run. Returns its id. */
async function appendEvents(texts: readonly string[], together: number): Promise<string> {
  const run = { id: randomUUID(), conversation: fromQuery('x'), seed: 1, createdAt: Date.now() };
  await store.create(run, { caller: 'anonymous' });
  for (let at = 0; at < texts.length; at += together) {
    const batch = texts.slice(at, at + together);
    await Promise.all(batch.map((text, i) => store.appendDelta(run.id, 'answer', text, at + i)));
  }
  await store.finish(run.id, { status: 'cancelled' }, Date.now());
  return run.id;
}

const textsOf = (events: readonly { type: string; text?: string }[]) =>
  events.flatMap((event) => (event.type === 'stage.delta' ? [event.text] : []));

test('the client receives any text unchanged and in order, from any position', async () => {
  const texts = fc.array(hostileText, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 4 }), fc.nat(12), async (sent, together, after) => {
      const id = await appendEvents(sent, together);
      const events = await all(client.events(id));
      expect(textsOf(events)).toEqual(sent);
      expect(events.map(({ sequence }) => sequence)).toEqual([...sent, 'end'].map((_, index) => index + 1));
      const from = Math.min(after, sent.length);
      expect(textsOf(await all(client.events(id, { after: from })))).toEqual(sent.slice(from));
    }),
    { numRuns: 25 },
  );
});

test('no text adds frames or fields to a stream', async () => {
  const sent = CORPUS.map(({ text }) => text);
  const id = await appendEvents(sent, sent.length);
  const response = await fetch(`${service.url}/jobs/${id}/events`);
  const lines = (await response.text()).split(/\r\n|\r|\n/);
  const fields = lines.filter((line) => line !== '').map((line) => line.slice(0, line.indexOf(':')));
  expect(fields).toEqual([...sent, 'end'].flatMap(() => ['id', 'event', 'data']));
  const frames = await allFrames(`${service.url}/jobs/${id}/events`);
  expect(textsOf(frames.map(({ type, data }) => ({ ...data, type })))).toEqual(sent);
});

test('the client receives lines of megabytes', async () => {
  const sent = ['\\"\u001b', '\u2028', '\ud800', 'data: '].map((unit) => `${endless(unit, 2 ** 19)}\u2029`);
  expect(textsOf(await all(client.events(await appendEvents(sent, 1))))).toEqual(sent);
});
