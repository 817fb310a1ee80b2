import { rawGet } from '@codegen/testing/api/raw-request';
import { JSON_TYPE, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Reply, type Service, startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { storedKeys } from '@codegen/testing/redis/stored-keys';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CORPUS, endless, hostileText } from './corpus.ts';

/** Marks text that no response may repeat in a header. */
const MARK = 'ZQX';

let service: Service;
beforeAll(async () => {
  service = await startService({
    replies: { classify: reply('ambiguous') },
    settings: { ALLOWED_MODELS: ['a'] },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

const HEADERS =
  /^(?:allow|cache-control|connection|content-(?:length|security-policy|type)|cross-origin-[a-z]+-policy|date|idempotent-replayed|keep-alive|link|location|origin-agent-cluster|preference-applied|referrer-policy|retry-after|strict-transport-security|transfer-encoding|x-[a-z-]+)$/;

/** Expects known headers without the mark, and a problem without invisible characters. */
function expectPlain({ headers, json, status }: Reply) {
  for (const [name, value] of headers) {
    expect(name).toMatch(HEADERS);
    expect(value).toMatch(/^[\x20-\x7e]*$/);
    expect(value).not.toContain(MARK);
  }
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(headers.get('Content-Type')).toMatch(/^application\/(?:problem\+)?json; charset=utf-8$/);
  if (status < 400) return;
  expect(json.detail).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  expect(json.title).toMatch(/^[\x20-\x7e’]+$/);
  expect(json.type).toMatch(/^\/problems\/[a-z-]+$/);
}

const marked = (text: string) => `${MARK}${text}${MARK}`;
const query = (text: string) => `/generate?query=${encodeURIComponent(marked(text).toWellFormed())}`;
const ASYNC = { Prefer: 'respond-async' };

test('metadata is returned unchanged, filters jobs, and appears in no name of a Redis key', async () => {
  const value = hostileText.map((text) => text.toWellFormed().slice(0, 500).toWellFormed());
  const name = fc.stringMatching(/^[\w.-]{1,64}$/).filter((text) => text !== '__proto__');
  const names = fc.oneof(name, fc.constantFrom('constructor', 'toString', '-', '.', 'a.b', 'hasOwnProperty'));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, value, { maxKeys: 4 }), async (metadata) => {
      const { json, status } = await postJob(service, { query: 'x', metadata }, ASYNC);
      expect(status).toBe(202);
      expect(json.metadata).toEqual(metadata);
      for (const [key, text] of Object.entries(metadata)) {
        const listed = await service.get(`/jobs?metadata.${key}=${encodeURIComponent(text)}`);
        expect(listed.json.jobs.map((job: { id: string }) => job.id)).toContain(json.id);
      }
    }),
    { numRuns: 20 },
  );
  const ids = '[\\da-f-]{36}';
  const known = new RegExp(
    `^(?:(?:run|log|clients|thread):${ids}|write-probe|(?:jobs|open|threads|spent):anonymous|open|waiting|turns|starts:anonymous|breakers|calls:[a-z:-]+|expiry|abandonment-checks|unconfirmed|samples:[a-z.]+|cooldowns|cooldown-causes|workers:stages|(?:idempotency|in-flight):[\\w-]{43}|stages:(?:${ids}(?:\\.[a-z]+)*(?::[a-z]+)?|[a-z-]+))$`,
  );
  for (const key of (await storedKeys(service.namespace)).keys()) expect(key).toMatch(known);
});

describe('no response repeats text in a header, or invisible characters in a problem:', () => {
  test.each(CORPUS.map(({ name, text }) => [name, text] as const))('%s', async (_, text) => {
    const path = encodeURIComponent(marked(text).toWellFormed());
    const replies = [
      await service.get(query(text), ASYNC),
      await service.get(`/${path}`),
      await service.get(`/problems/${path}`),
      await service.get(`/jobs/${path}`),
      await service.get(`/jobs/${path}/events?after=${path}`),
      await service.get(`/jobs?metadata.${path}=x&cursor=${path}`),
      await service.get(`/jobs?cursor=${path}`),
      await service.get(`/jobs?status=${path}`),
      await service.get(`/jobs?${path}=x&${path}=y`),
      await service.get(`${query('x')}&maxCostUsd=${path}&on_disconnect=${path}`),
      await postJob(service, { query: marked(text) }, ASYNC),
      await postJob(service, { query: 'x', [marked(text)]: 1 }),
      await postJob(service, { query: 'x', metadata: { [marked(text)]: 'x' } }),
      await postJob(service, { query: 'x', models: { reviewer: [marked(text)] } }),
      await postJob(service, { query: 'x', models: { [marked(text)]: ['a'] } }),
      await postJob(service, { messages: [{ role: marked(text), content: text }] }),
      await send(service, 'POST', '/jobs', marked(text), JSON_TYPE),
    ];
    for (const reply of replies) expectPlain(reply);
  });
});

test('no response header repeats a request header', async () => {
  for (const { text } of CORPUS) {
    // Line ends and NUL would end the header.
    const value = Buffer.from(marked(text.replace(/[\r\n\0]/g, ' ')), 'latin1').toString('latin1');
    for (const name of ['Prefer', 'Idempotency-Key', 'On-Disconnect', 'Accept', 'Origin', 'X-Request-Id']) {
      const reply = await rawGet(
        service.url,
        `/generate?query=x&coalesce=false`,
        `Prefer: wait=0`,
        `${name}: ${value}`,
      );
      for (const [header, given] of reply.headers) {
        // A well-formed request id is sent back.
        if (header.toLowerCase() === 'x-request-id') expect(given).toMatch(/^[\w.:=+/-]{8,128}$/);
        else expect(given).not.toContain(MARK);
      }
    }
  }
});

test.each(['\ud800', 'a\udc00b', '\ude00\ud83d'])(
  'rejects metadata that is not well-formed UTF-16: %j',
  async (text) => {
    const reply = await postJob(service, { query: 'x', metadata: { a: text } });
    expectProblem(reply, 'invalid-job-request', 422);
    expect(reply.json.detail).toContain('metadata.a');
  },
);

test('each idempotency key that a header can contain identifies its own job', async () => {
  const keys = ['{codegen}:run:x', '*', '..', '__proto__', '%00', 'a|b', '"', '\\', '$&', '~'.repeat(255)];
  const ids = new Set<string>();
  for (const key of keys) {
    const [first, second] = [0, 1].map(() => service.get(query('k'), { ...ASYNC, 'Idempotency-Key': key }));
    const [{ json }, again] = [await first!, await second!];
    expect(again.json.id).toBe(json.id);
    expect((await service.get(`/jobs/${json.id}`)).json.id).toBe(json.id);
    ids.add(json.id);
  }
  expect(ids.size).toBe(keys.length);
});

test('answers a query of a megabyte without line ends', async () => {
  for (const unit of ['x', '\u200b', '"\\', '😀', '['])
    expectPlain(await postJob(service, { query: endless(unit, 250_000) }));
});
