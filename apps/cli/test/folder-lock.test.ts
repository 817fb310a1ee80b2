import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockFolder } from '../src/folder-lock.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'codegen-lock-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** A process that locks all folders when `go` is called. */
function locker() {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'folder-lock.fixture.ts'), dir, ...NAMES]);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const printed = async (text: string) => {
    while (!output.includes(text)) await once(child.stdout, 'data');
  };
  return {
    child,
    ready: () => printed('ready'),
    async go() {
      child.stdin.write('\n');
      await printed('done');
      return [...output.matchAll(/^locked (.)$/gm)].map(([, name = '']) => name);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
    },
  };
}

it('gives each folder to one of several processes that start at the same moment after a crash', async () => {
  await Promise.all(NAMES.map((name) => mkdir(join(dir, name))));
  await using crashed = locker();
  expect(await crashed.go()).toEqual(NAMES);
  crashed.child.kill('SIGKILL');
  await once(crashed.child, 'close');

  await using first = locker();
  await using second = locker();
  await using third = locker();
  const starts = [first, second, third];
  await Promise.all(starts.map((start) => start.ready()));
  const locked = await Promise.all(starts.map((start) => start.go()));
  expect(locked.flat().sort()).toEqual(NAMES);
});

it('says what to do when the folder cannot be written to', async () => {
  await writeFile(join(dir, 'file'), '');
  const folder = join(dir, 'file', '8000');
  expect(() => lockFolder(folder)).toThrow(
    `cannot write to the folder ${folder}: make it writable for this user, or set DATA_DIR to another one (ENOTDIR`,
  );
});
