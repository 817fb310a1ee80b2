import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fromQuery } from '@codegen/pipeline';
import { expect, test } from 'vitest';
import { openQueue } from '../queue.ts';

const FIXTURE = join(import.meta.dirname, 'poison.fixture.ts');
const INNOCENT = 5;

test('a stage that kills each of its workers fails after three, and the stages in its company complete', async () => {
  await using queue = openQueue({ stallCheckMs: 300 });
  await queue.runs.connected();
  const poison = await queue.runs.submit(fromQuery('poison'));
  const innocent = await Promise.all(
    Array.from({ length: INNOCENT }, (_, index) => queue.runs.submit(fromQuery(`Print ${index}`))),
  );
  let kills = 0;
  const stop = new AbortController();
  const finished = Promise.all([poison, ...innocent].map(({ id }) => queue.finished(id))).finally(() =>
    stop.abort(),
  );
  while (!stop.signal.aborted) {
    const args = [FIXTURE, JSON.stringify(queue.options), String(1 + INNOCENT)];
    const worker = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    stop.signal.addEventListener('abort', () => worker.kill());
    await once(worker, 'close');
    const locks = await queue.redis.keys(`${queue.keys.prefix}:stages:*:lock`);
    for (const lock of locks) await queue.redis.pexpire(lock, 1);
    if (!stop.signal.aborted) kills++;
  }
  const [killer, ...others] = await finished;
  expect(others.map(({ outcome }) => outcome?.status)).toEqual(Array(INNOCENT).fill('completed'));
  expect(killer?.outcome).toMatchObject({ status: 'failed', code: 'worker-lost', stage: 'answer' });
  expect(kills).toBe(3);
});
