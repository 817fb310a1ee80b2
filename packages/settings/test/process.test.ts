import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
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
function run(behaviour: string, env: Record<string, string> = {}, cwd = folder) {
  const child = spawn(process.execPath, [FIXTURE, behaviour], { cwd, env });
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

test.concurrent.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'stops and exits with 0 on %s',
  async (signal) => {
    const { child, printed, ended } = run('ordinary');
    await printed('up');
    child.kill(signal);
    expect(await ended).toEqual({ code: 0, signal: null, out: `up\nstopping by ${signal}\n`, err: '' });
  },
);

test.concurrent('stops after the start when a signal arrives during it', async () => {
  const { child, printed, ended } = run('slow start');
  await printed('starting');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, out: 'starting\nup\nstopping by SIGTERM\n' });
});

test.concurrent.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'goes on with its stop when npm passes %s on, or the end of its terminal is reported again',
  async (signal) => {
    const { child, printed, ended } = run('slow stop');
    await printed('up');
    child.kill(signal);
    await printed('stopping');
    child.kill(signal);
    child.kill('SIGUSR2');
    expect(await ended).toMatchObject({ code: 0, signal: null });
  },
);

test.concurrent('exits with 1 on the same signal a second later', async () => {
  const { child, printed, ended } = run('hanging stop, long grace');
  await printed('up');
  const again = setInterval(() => child.kill('SIGINT'), 100);
  expect(await ended).toMatchObject({ code: 1, signal: null, out: 'up\nstopping by SIGINT\n' });
  clearInterval(again);
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

test.concurrent.each([
  ['with a byte order mark', Buffer.from('\ufeffNAME=from the file\n')],
  ['with Windows line ends', Buffer.from('NAME=from the file\r\nOTHER=x\r\n')],
])('reads a .env %s', async (title, bytes) => {
  const cwd = await mkdtemp(join(folder, 'env-'));
  await writeFile(join(cwd, '.env'), bytes);
  const { child, printed, ended } = run('from .env', {}, cwd);
  await printed('up');
  child.kill('SIGTERM');
  expect((await ended).out, title).toContain('NAME=from the file\n');
});

const ZERO = 'it is in UTF-16 or damaged; save it as text in UTF-8';
const NOT_UTF8 = 'save it in that encoding';

test.concurrent.each([
  ['in UTF-16', Buffer.from('\ufeffNAME=x\n', 'utf16le'), `.env has a zero byte in line 1: ${ZERO}`],
  ['in UTF-16 without a mark', Buffer.from('NAME=x\n', 'utf16le'), `.env has a zero byte in line 1: ${ZERO}`],
  [
    'in UTF-16, cut off within a character',
    Buffer.from('\u5b57=\u5b57', 'utf16le').subarray(0, 5),
    `.env has a zero byte in line 1: ${ZERO}`,
  ],
  ['with zero bytes', Buffer.from('NAME=x\nOTHER=\0\0\n'), `.env has a zero byte in line 2: ${ZERO}`],
  [
    'in Latin 1',
    Buffer.from('NAME=caf\xe9\n', 'latin1'),
    `.env is not text in UTF-8 from line 1 on; ${NOT_UTF8}`,
  ],
  [
    'cut off within a character',
    Buffer.from('NAME=x\nOTHER=\u5b57').subarray(0, -1),
    `.env is not text in UTF-8 from line 2 on; ${NOT_UTF8}`,
  ],
  [
    'larger than 1 MiB',
    Buffer.alloc(1_048_577, 'NAME=x\n'),
    '.env has more than 1 MiB; keep only lines such as NAME=value in it',
  ],
])('exits with 2 if .env is %s', async (_, bytes, message) => {
  const cwd = await mkdtemp(join(folder, 'env-'));
  await writeFile(join(cwd, '.env'), bytes);
  expect(await run('from .env', {}, cwd).ended).toEqual({
    code: 2,
    signal: null,
    out: '',
    err: `${message}\n`,
  });
});

test.concurrent.each([
  ['folder', 'mkdir .env', '.env is a folder; replace it by a text file, or remove it'],
  ['named pipe', 'mkfifo .env', '.env is a named pipe; replace it by a text file, or remove it'],
  [
    'link to itself',
    'ln -s .env .env',
    '.env cannot be read (ELOOP); make it a file that this user can read',
  ],
])('exits with 2 if .env is a %s', async (_, command, message) => {
  const cwd = await mkdtemp(join(folder, 'env-'));
  execFileSync('sh', ['-c', command], { cwd });
  const { code, err } = await run('from .env', {}, cwd).ended;
  expect([code, err]).toEqual([2, `${message}\n`]);
});
