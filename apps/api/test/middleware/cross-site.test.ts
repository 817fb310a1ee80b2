import { raw, rawGet } from '@codegen/testing/api/raw-request';
import { cancelJob, JSON_TYPE, send } from '@codegen/testing/api/requests';
import { expectProblem, startService } from '@codegen/testing/api/service';
import { describe, expect, test } from 'vitest';
import { allowedHosts } from '../../src/middleware/browser-security.ts';
import { digestOf } from '../../src/middleware/key-ring.ts';

const PAGE = 'https://app.example.org';
/** The headers of a browser that loads an image for a page of another site. */
const PICTURE = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' };
const LINK = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-User': '?1' };
const generate = '/generate?query=hello';
const async = { Prefer: 'respond-async' };

describe('without API keys', () => {
  test('rejects a cross-site request that starts or changes a job', async () => {
    await using service = await startService({ worker: false });
    const path = await service.begin();
    const same = { ...PICTURE, 'Sec-Fetch-Site': 'same-site' };
    const replies = [
      await rawGet(service.url, generate, ...lines(PICTURE)),
      await rawGet(service.url, generate, ...lines(LINK)),
      await rawGet(service.url, '/GENERATE/?query=hello', ...lines(PICTURE)),
      await rawGet(service.url, generate, ...lines(same)),
      await send(service, 'POST', `${path}/cancel`, null, { 'Sec-Fetch-Site': 'cross-site', Origin: PAGE }),
      await send(service, 'POST', '/jobs', '{"query":"x"}', { ...JSON_TYPE, 'Sec-Fetch-Site': 'cross-site' }),
    ];
    for (const reply of replies) expectProblem(reply, 'cross-site-request', 403);
    expect((await service.runs.list('anonymous', {}, null, 10)).runs).toHaveLength(1);
    expect((await service.get(path)).json.status).toBe('queued');
  });

  test('accepts a cross-site link to a job', async () => {
    await using service = await startService({ worker: false });
    expect((await rawGet(service.url, await service.begin(), ...lines(LINK))).status).toBe(200);
  });

  test('accepts same-origin pages, the address bar and other programs', async () => {
    await using service = await startService({ worker: false });
    for (const site of ['same-origin', 'none', null]) {
      const headers = lines({ ...async, ...(site !== null && { 'Sec-Fetch-Site': site }) });
      expect((await rawGet(service.url, generate, ...headers)).status).toBe(202);
    }
  });

  test('accepts pages of CORS_ORIGINS', async () => {
    await using service = await startService({ worker: false, settings: { CORS_ORIGINS: [PAGE] } });
    const ask = (Origin: string) =>
      rawGet(service.url, generate, ...lines({ ...async, Origin, 'Sec-Fetch-Site': 'cross-site' }));
    expect((await ask(PAGE)).status).toBe(202);
    expectProblem(await ask('https://evil.example'), 'cross-site-request', 403);
    expectProblem(await rawGet(service.url, generate, ...lines(PICTURE)), 'cross-site-request', 403);
  });

  test.each([
    ['Origin', PAGE],
    ['Origin', 'null'],
    ['Origin', 'http://x:81'],
    ['Referer', `${PAGE}/page?x=1`],
    ['Referer', 'about:blank'],
  ])('rejects a request without Sec-Fetch-Site whose %s is %s', async (name, value) => {
    await using service = await startService({ worker: false });
    expectProblem(await rawGet(service.url, generate, `${name}: ${value}`), 'cross-site-request', 403);
  });

  test('accepts requests without Sec-Fetch-Site of its own pages', async () => {
    await using service = await startService({ worker: false });
    const { origin } = new URL(service.url);
    const headers = { ...async, Origin: origin, Referer: `${origin}/docs` };
    const reply = await fetch(`${service.url}/jobs`, {
      method: 'POST',
      headers: { ...headers, ...JSON_TYPE },
      body: '{"query":"x"}',
    });
    expect(reply.status).toBe(202);
  });

  const hostsOf =
    (url: string) =>
    async (host: string, path = '/jobs') => {
      const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      return (await raw(url, request)).status;
    };
  const NAMES = ['rebound.example', 'rebound.example:8000', '127.0.0.1.example', '', 'localhost.'];

  test.each([false, true])(
    'accepts loopback names in Host, and no other name (ALLOW_ANONYMOUS: %s)',
    async (any) => {
      const settings = { ALLOW_ANONYMOUS: any, ALLOWED_HOSTS: [] };
      await using service = await startService({ worker: false, settings });
      const { port } = new URL(service.url);
      const ask = hostsOf(service.url);
      for (const host of [
        `127.0.0.1:${port}`,
        `localhost:${port}`,
        'LOCALHOST',
        `[::1]:${port}`,
        '127.0.0.1',
      ])
        expect(await ask(host)).toBe(200);
      for (const host of NAMES) expect(await ask(host), host).toBe(403);
      expect(await ask('rebound.example', '/healthz')).toBe(200);
      // DNS rebinding needs a name.
      expect(await ask('192.168.1.2:8000')).toBe(any ? 200 : 403);
    },
  );

  test('accepts the names of ALLOWED_HOSTS', async () => {
    const ALLOWED_HOSTS = [...allowedHosts.parse('api, codegen.example.org, [2001:DB8::1]')];
    const settings = { ALLOW_ANONYMOUS: false, ALLOWED_HOSTS };
    await using service = await startService({ worker: false, settings });
    const ask = hostsOf(service.url);
    for (const host of ['api:8000', 'API', 'codegen.example.org', '[2001:db8::1]:8000'])
      expect(await ask(host)).toBe(200);
    for (const host of [...NAMES, 'x.codegen.example.org', '[2001:db8::2]'])
      expect(await ask(host), host).toBe(403);
  });

  test.each(['X-Forwarded-For: 203.0.113.7', 'Forwarded: for=203.0.113.7', 'X-Real-IP: 203.0.113.7'])(
    'rejects requests that a proxy forwards, unless ALLOW_ANONYMOUS is set: %s',
    async (header) => {
      await using closed = await startService({ worker: false, settings: { ALLOW_ANONYMOUS: false } });
      const reply = await rawGet(closed.url, '/jobs', header);
      expectProblem(reply, 'cross-site-request', 403);
      expect(reply.json.detail).toBe(
        'A proxy forwards it. Set API_KEYS or ALLOW_ANONYMOUS=true on the service.',
      );
      await using open = await startService({ worker: false });
      expect((await rawGet(open.url, '/jobs', header)).status).toBe(200);
    },
  );
});

test('accepts cross-site requests if API keys are set', async () => {
  const API_KEYS = [{ caller: 'alice', digest: digestOf('secret') }];
  await using service = await startService({ worker: false, settings: { API_KEYS, ALLOW_ANONYMOUS: false } });
  const headers = lines({ ...PICTURE, ...async, Authorization: 'Bearer secret' });
  expect((await rawGet(service.url, generate, ...headers)).status).toBe(202);
  expectProblem(await cancelJob(service, '/jobs/x'), 'unauthorized', 401);
});

const lines = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
