import { readSettings } from '@codegen/settings';
import { expectProblem, startService } from '@codegen/testing/api/service';
import { describe, expect, it } from 'vitest';
import { apiSettings } from '../../src/config.ts';
import { digestOf } from '../../src/middleware/key-ring.ts';

const line = (caller: string, key: string) => `${caller}:${digestOf(key).toString('hex')}`;
const keysOf = (...lines: string[]) => readSettings(apiSettings, { API_KEYS: lines.join(',') }).API_KEYS;
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });

describe('a caller', () => {
  const settings = { API_KEYS: keysOf(line('alice', 'one'), line('bob', 'two')) };

  it.each([
    {},
    bearer('three'),
    { Authorization: 'Basic b25lOg==' },
    { Authorization: 'Bearer' },
    bearer('x'.repeat(600)),
  ])('that sends %o gets 401 and starts no job', async (headers) => {
    await using service = await startService({ settings, worker: false });
    for (const path of ['/generate?query=hello', '/jobs', '/jobs/00000000-0000-4000-8000-000000000000']) {
      const reply = await service.get(path, headers);
      expectProblem(reply, 'unauthorized', 401);
      expect(reply.headers.get('WWW-Authenticate')).toMatch(/^Bearer /);
    }
    expect((await service.runs.list('anonymous', {}, null, 10)).runs).toEqual([]);
  });

  it('needs no key for open routes', async () => {
    await using service = await startService({ settings, worker: false });
    for (const path of ['/', '/healthz', '/problems/unauthorized'])
      expect((await service.get(path)).status).toBe(200);
    expectProblem(await service.get('/readyz'), 'no-worker', 503);
  });

  it('can read, follow and change only its own jobs', async () => {
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

  it('does not join the same request of another caller', async () => {
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
