import { hangs, reply } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import { digestOf } from '../src/api-keys.ts';
import { keptIn } from './kept.ts';
import { postJob, send } from './send.ts';
import { expectProblem, startService, until } from './service.ts';

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const API_KEYS = ['alice', 'bob'].map((caller) => ({ caller, digest: digestOf(caller) }));
const settings = { MAX_CONCURRENT_JOBS: 2, API_KEYS };

test('a caller whose jobs are open is refused one more until one has ended, and others are not', async () => {
  await using service = await startService({ settings, replies: { classify: hangs } });
  const ask = (query: string, key = 'alice') => postJob(service, { query }, bearer(key));
  const first = await ask('first');
  expect([first.status, (await ask('second')).status]).toEqual([202, 202]);
  await until(async () => service.models.calls.length === 2);
  const refused = await ask('third');
  expectProblem(refused, 'too-many-jobs', 429);
  expect(refused.headers.get('Retry-After')).toBe('5');
  expect(refused.headers.get('X-Job-Id')).toBeNull();
  expect((await ask('third', 'bob')).status).toBe(202);

  const path = `/jobs/${first.json.id}`;
  expect((await send(service, 'POST', `${path}/cancel`, null, bearer('alice'))).status).toBe(202);
  expect((await ask('third')).status).toBe(202);
  expectProblem(await ask('fourth'), 'too-many-jobs', 429);
});

test('jobs that have finished are not open, and leave nothing behind', async () => {
  await using service = await startService({ settings, replies: { classify: reply('simple') } });
  for (const query of ['a', 'b', 'c', 'd']) {
    const { json } = await postJob(service, { query, wait: 30 }, bearer('alice'));
    expect(json.status).toBe('completed');
  }
  const names = [...(await keptIn(service.namespace)).keys()];
  expect(names.filter((name) => name.startsWith('open'))).toEqual([]);
});
