import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../src/main.ts');

let folder: string;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codegen-api-'));
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { cwd: folder, env });
  running.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const listening = async (): Promise<string> => {
    while (!out.includes('listening')) await once(child.stdout, 'data');
    return JSON.parse(out.split('\n').find((line) => line.includes('listening')) ?? '').url;
  };
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code, err };
  });
  return { child, listening, ended };
}

const NOWHERE = 'redis://127.0.0.1:1';

test.concurrent.each([
  [{ PORT: 'abc', REDIS_URL: NOWHERE }, 'PORT is "abc"; it must be a whole number from 0 to 65535'],
  [{ REDIS_URL: 'localhost' }, 'REDIS_URL is not valid; it must be a URL such as redis://'],
  [{}, 'REDIS_URL is not set; it must be a URL such as redis://'],
  [{ REDIS_URL: ' ' }, 'REDIS_URL is not set; it must be a URL such as redis://'],
  [{ REDIS_URL: NOWHERE, QUEUE_NAMESPACE: 'a:b' }, 'QUEUE_NAMESPACE is "a:b"; it must be up to 40 letters'],
  [{ REDIS_URL: NOWHERE, LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud"; it must be fatal, error, warn'],
  [
    { REDIS_URL: NOWHERE, SYNC_WAIT_SECONDS: '-1', MAX_QUERY_CHARS: '0' },
    'SYNC_WAIT_SECONDS is "-1"; it must be a whole number from 0 to 3600; MAX_QUERY_CHARS is "0"',
  ],
])('with %j prints one line and does not start', async (env, line) => {
  const { code, err } = await start(env).ended;
  expect(code).toBe(2);
  expect(err.slice(0, line.length)).toBe(line);
  expect(err.trimEnd()).not.toContain('\n');
});

test.concurrent('prints one line when the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const { code, err } = await start({ PORT: String(port), REDIS_URL: NOWHERE }).ended;
  other.close();
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`^.*EADDRINUSE.*:${port}\\n$`));
});

test.concurrent.each(['SIGTERM', 'SIGINT'] as const)('stops cleanly on %s', async (signal) => {
  const { child, listening, ended } = start({ PORT: '0', REDIS_URL: inject('redisUrl') });
  const url = await listening();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  child.kill(signal);
  expect(await ended).toEqual({ code: 0, err: '' });
});

test.concurrent('starts, answers and ends without Redis', async () => {
  const { child, listening, ended } = start({ PORT: '0', REDIS_URL: NOWHERE });
  const url = await listening();
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  child.kill('SIGTERM');
  expect(await ended).toEqual({ code: 0, err: '' });
});
