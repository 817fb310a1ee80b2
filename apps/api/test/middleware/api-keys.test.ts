import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readSettings, SettingsError } from '@codegen/settings';
import { expectProblem, startService, until } from '@codegen/testing/api/service';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apiSettings } from '../../src/config.ts';
import { callerOf, createKeyRing, digestOf, type KeyRing } from '../../src/middleware/key-ring.ts';

const line = (caller: string, key: string) => `${caller}:${digestOf(key).toString('hex')}`;
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });

let folder: string;
let file: string;
let logged: string[];
const log = {
  info: (_: object, message: string) => void logged.push(`info: ${message}`),
  error: ({ reason }: { reason: string }) => void logged.push(`error: ${reason}`),
} as never;
let ring: KeyRing | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  file = join(folder, 'keys');
  logged = [];
  ring = undefined;
});
afterEach(async () => {
  ring?.close();
  await rm(folder, { recursive: true });
});

/** Replaces the file atomically. */
async function put(text: string) {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
const open = async (text: string) => {
  await writeFile(file, text);
  ring = await createKeyRing({ API_KEYS: [], API_KEYS_FILE: file }, log, 10);
  return ring;
};
const callerBy = (key: string) => callerOf(ring?.current() ?? [], key);
const hasLogged = (what: RegExp) => until(async () => logged.some((one) => what.test(one)));

describe('API_KEYS_FILE', () => {
  test.each([
    ['cannot be read', null],
    ['has no key', '# nobody'],
    ['has a name alone', 'alice'],
    ['has two pairs in a line', `${line('alice', 'one')},${line('bob', 'two')}`],
    ['has one hash for two names', `${line('alice', 'one')}\n${line('bob', 'one')}`],
  ])('stops the start if it %s', async (_, text) => {
    if (text !== null) await writeFile(file, text);
    const opened = createKeyRing({ API_KEYS: [], API_KEYS_FILE: file }, log);
    await expect(opened).rejects.toThrow(SettingsError);
    await expect(opened).rejects.toThrow(/^API_KEYS_FILE (?:cannot be read|has a line|has no key)/);
  });

  test.each([
    ['has a line', `${line('bob', 'two')}\nnonsense`, 'bob'],
    ['has a line', `${line('bob', 'two')}\n${line('alice', 'two')}`, 'bob'],
    ['has no key', '', null],
    ['has no key', '# nobody', null],
    ['cannot be read', null, null],
  ])('revokes the other keys and says so if it %s', async (fault, text, bob) => {
    await open(line('alice', 'one'));
    await (text === null ? rm(file) : put(text));
    await hasLogged(new RegExp(`^error: ${fault}`));
    expect([callerBy('one'), callerBy('two')]).toEqual([null, bob]);
    await put(line('alice', 'one'));
    await hasLogged(/^info/);
    expect(callerBy('one')).toBe('alice');
  });

  test.each([
    ['a pipe', (path: string) => promisify(execFile)('mkfifo', [path]), 'it is no file'],
    ['a folder', (path: string) => mkdir(path), 'it is no file'],
    ['a huge file', (path: string) => writeFile(path, '#'.repeat(2 ** 20 + 1)), 'it is larger than 1 MiB'],
  ])('revokes the keys if %s takes its place, and reads the next file', async (_, create, reason) => {
    await open(line('alice', 'one'));
    await create(`${file}.next`);
    // Else the file may be read while it is missing, and the first error is another one.
    await rm(file);
    await rename(`${file}.next`, file);
    await hasLogged(new RegExp(`^error: cannot be read .${reason}`));
    expect(callerBy('one')).toBeNull();
    await rm(file, { recursive: true });
    await put(line('alice', 'one'));
    await hasLogged(/^info/);
    expect(callerBy('one')).toBe('alice');
  });

  test('ends open streams and waiting requests of a revoked key, and no others', async () => {
    await writeFile(file, `${line('alice', 'one')}\n${line('alice', 'two')}`);
    const settings = { API_KEYS_FILE: file, ALLOW_ANONYMOUS: false };
    await using service = await startService({ settings, worker: false });
    const begun = await service.get('/generate?query=x', { ...bearer('one'), Prefer: 'respond-async' });
    const events = `${service.url}${begun.headers.get('Location')}/events`;
    const follow = async (key: string) => {
      const { body } = await fetch(events, { headers: bearer(key) });
      return body!.getReader();
    };
    const [revoked, kept] = [await follow('one'), await follow('two')];
    const waiting = fetch(`${service.url}/generate?query=y`, { headers: bearer('one') }).catch(() => 'ended');
    await put(line('alice', 'two'));
    const readOn = async () => {
      while (!(await revoked.read()).done) {
        // Earlier events.
      }
    };
    await expect(readOn()).rejects.toThrow();
    expect(await waiting).toBe('ended');
    expect((await service.get('/jobs', bearer('two'))).status).toBe(200);
    await kept.cancel();
  });

  test('may contain comments and blank lines', async () => {
    await open(line('bob', 'two'));
    await put(`# people\n\n  ${line('alice', 'one')}  \r\n`);
    await hasLogged(/^info/);
    expect(callerBy('one')).toBe('alice');
  });

  test('adds to API_KEYS', async () => {
    await writeFile(file, line('alice', 'one'));
    const API_KEYS = [{ caller: 'bob', digest: digestOf('two') }];
    ring = await createKeyRing({ API_KEYS, API_KEYS_FILE: file }, log);
    expect([callerBy('one'), callerBy('two')]).toEqual(['alice', 'bob']);
  });
});

test('requires no key if neither setting is set', async () => {
  ring = await createKeyRing({ API_KEYS: [] }, log);
  expect(ring.current()).toBeNull();
});

test('replaces a key while the API runs, and jobs stay with their caller', async () => {
  await writeFile(file, line('alice', 'old'));
  const settings = { API_KEYS_FILE: file, ALLOW_ANONYMOUS: false };
  await using service = await startService({ settings, worker: false });
  const accepted = await service.get('/generate?query=hello', { ...bearer('old'), Prefer: 'respond-async' });
  const path = accepted.headers.get('Location') ?? '';
  const isIn = async (key: string) => (await service.get(path, bearer(key))).status === 200;
  expect([await isIn('old'), await isIn('new')]).toEqual([true, false]);

  await put(`${line('alice', 'old')}\n${line('alice', 'new')}\n`);
  await until(() => isIn('new'));
  expect(await isIn('old')).toBe(true);

  await put(line('alice', 'new'));
  await until(async () => !(await isIn('old')));
  expect(await isIn('new')).toBe(true);
  expectProblem(await service.get('/jobs', bearer('old')), 'unauthorized', 401);
});

describe('API_KEYS', () => {
  const keysOf = (...lines: string[]) => readSettings(apiSettings, { API_KEYS: lines.join(',') }).API_KEYS;

  test.each([
    'alice',
    'alice:',
    'alice:abc',
    `Al ice:${'0'.repeat(64)}`,
    `:${'0'.repeat(64)}`,
    `a:${'g'.repeat(64)}`,
    ',',
    `${line('alice', 'one')},${line('bob', 'one')}`,
  ])('rejects %j without repeating it', (text) => {
    const read = () => readSettings(apiSettings, { API_KEYS: text });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(/^API_KEYS is not valid; it must be name:hash pairs/);
  });

  test('maps keys to callers, which may have several', () => {
    const keys = keysOf(line('alice', 'one'), line('alice', 'two'), line('bob', 'three'));
    expect(['one', 'two', 'three', 'four', ''].map((key) => callerOf(keys, key))).toEqual([
      'alice',
      'alice',
      'bob',
      null,
      null,
    ]);
  });

  test('accepts the entry that the key command prints', async () => {
    const main = join(import.meta.dirname, '..', '..', 'src', 'key', 'main.ts');
    const run = (...args: string[]) => promisify(execFile)(process.execPath, [main, ...args]);
    await expect(run()).rejects.toMatchObject({ code: 2, stdout: '' });
    const [key = '', entry = ''] = (await run('alice')).stdout.trim().split('\n');
    expect(callerOf(keysOf(entry), key)).toBe('alice');
  });
});
