import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const FIXTURE = join(import.meta.dirname, 'life.fixture.ts');

let folder: string;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codegen-process-'));
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Starts a life and tells what it says. */
function live(life: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [FIXTURE, life], { cwd: folder, env });
  running.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const reply = async (words: string) => {
    while (!out.includes(words)) await once(child.stdout, 'data');
  };
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code, signal, out, err };
  });
  return { child, reply, ended };
}

test.concurrent.each([
  ['wrong setting', 2, 'PORT is "abc"; it must be a whole number\n'],
  ['no start', 1, 'the port is taken\n'],
  ['no error', 1, 'a mere text\n'],
])('%s: ends with %d and one line', async (life, code, err) => {
  expect(await live(life).ended).toEqual({ code, signal: null, out: '', err });
});

test.concurrent.each(['SIGINT', 'SIGTERM'] as const)('%s stops it cleanly', async (signal) => {
  const { child, reply, ended } = live('ordinary');
  await reply('up');
  child.kill(signal);
  expect(await ended).toEqual({ code: 0, signal: null, out: `up\nstopping by ${signal}\n`, err: '' });
});

test.concurrent('a signal while it starts stops it when it has started', async () => {
  const { child, reply, ended } = live('starts slowly');
  await reply('starting');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, out: 'starting\nup\nstopping by SIGTERM\n' });
});

test.concurrent('a second signal ends it at once', async () => {
  const { child, reply, ended } = live('never stops');
  await reply('up');
  child.kill('SIGTERM');
  await reply('stopping');
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 1, signal: null });
});

test.concurrent('one that cannot stop ends with an error', async () => {
  const { child, reply, ended } = live('stops badly');
  await reply('up');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 1, err: expect.stringContaining('it will not end') });
});

test.concurrent('one that does not come to its end is ended', async () => {
  const { child, reply, ended } = live('never stops');
  await reply('up');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 1, signal: null });
});

test.concurrent('what is in .env counts where nothing else is set', async () => {
  await writeFile(join(folder, '.env'), 'NAME=from the file\n');
  const lives = [live('from .env'), live('from .env', { NAME: 'from outside' })];
  for (const { child, reply } of lives) {
    await reply('up');
    child.kill('SIGTERM');
  }
  const [file, outside] = await Promise.all(lives.map(({ ended }) => ended));
  expect(file?.out).toContain('NAME=from the file\n');
  expect(outside?.out).toContain('NAME=from outside\n');
});
