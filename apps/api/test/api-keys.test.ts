import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readSettings, SettingsError } from '@codegen/settings';
import { describe, expect, it } from 'vitest';
import { apiSettings, checkExposure } from '../src/config.ts';
import { callerOf, digestOf } from '../src/middleware/api-keys.ts';
import { expectProblem, startService } from './service.ts';

const line = (caller: string, key: string) => `${caller}:${digestOf(key).toString('hex')}`;
const keysOf = (...lines: string[]) => readSettings(apiSettings, { API_KEYS: lines.join(',') }).API_KEYS;
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });

describe('API_KEYS', () => {
  it.each([
    'alice',
    'alice:',
    'alice:abc',
    `Al ice:${'0'.repeat(64)}`,
    `:${'0'.repeat(64)}`,
    `a:${'g'.repeat(64)}`,
    ',',
    `${line('alice', 'one')},${line('bob', 'one')}`,
  ])('refuses %j without repeating it', (text) => {
    const read = () => readSettings(apiSettings, { API_KEYS: text });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(/^API_KEYS is not valid; it must be name:hash pairs/);
  });

  it('knows callers by their keys, of which one may have several', () => {
    const keys = keysOf(line('alice', 'one'), line('alice', 'two'), line('bob', 'three'));
    expect(['one', 'two', 'three', 'four', ''].map((key) => callerOf(keys, key))).toEqual([
      'alice',
      'alice',
      'bob',
      null,
      null,
    ]);
  });

  it('are made by a command that keeps them nowhere', async () => {
    const main = join(import.meta.dirname, '..', 'src', 'key', 'main.ts');
    const run = (...args: string[]) => promisify(execFile)(process.execPath, [main, ...args]);
    await expect(run()).rejects.toMatchObject({ code: 2, stdout: '' });
    const [key = '', entry = ''] = (await run('alice')).stdout.trim().split('\n');
    expect(callerOf(keysOf(entry), key)).toBe('alice');
  });
});

describe('an API that others can reach', () => {
  const read = (env: Record<string, string>) => readSettings(apiSettings, env);

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org'])('is refused on %s without keys', (HOST) => {
    expect(() => checkExposure(read({ HOST }))).toThrow(
      /^HOST is ".+"; it must be a loopback|^HOST is ".+", which/,
    );
  });

  it.each([
    { HOST: '127.0.0.1' },
    { HOST: '::1' },
    { HOST: 'localhost' },
    { HOST: '0.0.0.0', ALLOW_ANONYMOUS: 'true' },
    { HOST: '0.0.0.0', API_KEYS: line('alice', 'one') },
    { HOST: '0.0.0.0', API_KEYS_FILE: '/keys' },
  ])('is allowed with %o', (env) => {
    expect(() => checkExposure(read(env))).not.toThrow();
  });
});

describe('a caller', () => {
  const settings = { API_KEYS: keysOf(line('alice', 'one'), line('bob', 'two')) };

  it.each([
    {},
    bearer('three'),
    { Authorization: 'Basic b25lOg==' },
    { Authorization: 'Bearer' },
    bearer('x'.repeat(600)),
  ])('who sends %o is not let in, and starts nothing', async (headers) => {
    await using service = await startService({ settings, worker: false });
    for (const path of ['/generate?query=hello', '/jobs', '/jobs/00000000-0000-4000-8000-000000000000']) {
      const reply = await service.get(path, headers);
      expectProblem(reply, 'unauthorized', 401);
      expect(reply.headers.get('WWW-Authenticate')).toMatch(/^Bearer /);
    }
    expect((await service.runs.list('anonymous', {}, null, 10)).runs).toEqual([]);
  });

  it('needs no key to see whether the service is alive and what it is', async () => {
    await using service = await startService({ settings, worker: false });
    for (const path of ['/', '/healthz', '/problems/unauthorized'])
      expect((await service.get(path)).status).toBe(200);
    expectProblem(await service.get('/readyz'), 'no-worker', 503);
  });

  it('sees, follows and changes only jobs of their own', async () => {
    await using service = await startService({ settings, worker: false });
    const prefer = { Prefer: 'respond-async' };
    const { headers } = await service.get('/generate?query=hello', { ...bearer('one'), ...prefer });
    const path = headers.get('Location') ?? '';
    expect((await service.get(path, bearer('one'))).json.status).toBe('queued');
    for (const hidden of [path, `${path}/events`]) {
      expectProblem(await service.get(hidden, bearer('two')), 'unknown-job', 404);
    }
    for (const [method, target] of [
      ['DELETE', path],
      ['POST', `${path}/cancel`],
    ] as const) {
      const answer = await fetch(`${service.url}${target}`, { method, headers: bearer('two') });
      expect(answer.status).toBe(404);
    }
    const listed = async (key: string) => (await service.get('/jobs', bearer(key))).json.jobs.length;
    expect([await listed('one'), await listed('two')]).toEqual([1, 0]);
  });

  it('does not share a run with another who asks the same at the same time', async () => {
    await using service = await startService({ settings, worker: false });
    const ask = async (key: string) => {
      const reply = await service.get('/generate?query=hello', { ...bearer(key), Prefer: 'respond-async' });
      return [reply.headers.get('X-Job-Id'), reply.headers.get('X-Job-Coalesced')];
    };
    const [first, again, other] = [await ask('one'), await ask('one'), await ask('two')];
    expect(again).toEqual([first[0], 'true']);
    expect(other[1]).toBeNull();
    expect(other[0]).not.toBe(first[0]);
  });
});
