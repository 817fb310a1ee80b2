import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const FIXTURE = join(import.meta.dirname, 'process.fixture.ts');

let folder: string;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codegen-process-'));
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Starts the fixture process. `printed` waits for a text on its stdout. */
function run(behaviour: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [FIXTURE, behaviour], { cwd: folder, env });
  running.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const printed = async (words: string) => {
    while (!out.includes(words)) await once(child.stdout, 'data');
  };
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code, signal, out, err };
  });
  return { child, printed, ended };
}

test.concurrent.each([
  ['wrong setting', 2, 'PORT is "abc"; it must be a whole number\n'],
  ['failed start', 1, 'the port is taken\n'],
  ['thrown string', 1, 'a string\n'],
])('%s: exits with %d and one line on stderr', async (behaviour, code, err) => {
  expect(await run(behaviour).ended).toEqual({ code, signal: null, out: '', err });
});

test.concurrent.each(['SIGINT', 'SIGTERM'] as const)('stops and exits with 0 on %s', async (signal) => {
  const { child, printed, ended } = run('ordinary');
  await printed('up');
  child.kill(signal);
  expect(await ended).toEqual({ code: 0, signal: null, out: `up\nstopping by ${signal}\n`, err: '' });
});

test.concurrent('stops after the start when a signal arrives during it', async () => {
  const { child, printed, ended } = run('slow start');
  await printed('starting');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, out: 'starting\nup\nstopping by SIGTERM\n' });
});

test.concurrent('exits with 1 on a second signal', async () => {
  const { child, printed, ended } = run('hanging stop');
  await printed('up');
  child.kill('SIGTERM');
  await printed('stopping');
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 1, signal: null });
});

test.concurrent('exits with 1 when the stop fails', async () => {
  const { child, printed, ended } = run('failing stop');
  await printed('up');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 1, err: expect.stringContaining('cannot stop') });
});

test.concurrent('exits with 1 when the stop exceeds the grace period', async () => {
  const { child, printed, ended } = run('hanging stop');
  await printed('up');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 1, signal: null });
});

test.concurrent('reads .env without overriding variables that are set', async () => {
  await writeFile(join(folder, '.env'), 'NAME=from the file\n');
  const processes = [run('from .env'), run('from .env', { NAME: 'from outside' })];
  for (const { child, printed } of processes) {
    await printed('up');
    child.kill('SIGTERM');
  }
  const [file, outside] = await Promise.all(processes.map(({ ended }) => ended));
  expect(file?.out).toContain('NAME=from the file\n');
  expect(outside?.out).toContain('NAME=from outside\n');
});
