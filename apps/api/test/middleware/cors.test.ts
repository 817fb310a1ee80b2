import { readSettings, SettingsError } from '@codegen/settings';
import { postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Reply, startService } from '@codegen/testing/api/service';
import { describe, expect, test } from 'vitest';
import { apiSettings } from '../../src/config.ts';
import { digestOf } from '../../src/middleware/key-ring.ts';

const PAGE = 'https://app.example.org';
const key = { Authorization: 'Bearer secret' };
const API_KEYS = [{ caller: 'alice', digest: digestOf('secret') }];
const start = (...CORS_ORIGINS: string[]) =>
  startService({ settings: { CORS_ORIGINS, API_KEYS }, worker: false });

/** The preflight headers of a browser before POST /jobs with a key. */
const PREFLIGHT = {
  Origin: PAGE,
  'Access-Control-Request-Method': 'POST',
  'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key,prefer',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Site': 'cross-site',
};
const grants = ({ headers }: Reply) =>
  [...headers].filter(([name]) => name.startsWith('access-control-')).map(([name]) => name);
const list = (reply: Reply, name: string) => (reply.headers.get(name) ?? '').toLowerCase().split(/, ?/);

describe('CORS_ORIGINS', () => {
  const read = (CORS_ORIGINS?: string) =>
    readSettings(apiSettings, { ...(CORS_ORIGINS !== undefined && { CORS_ORIGINS }) }).CORS_ORIGINS;

  test.each([
    'app.example.org',
    `${PAGE}/`,
    `${PAGE}/app`,
    `${PAGE}:443`,
    'HTTPS://APP.EXAMPLE.ORG',
    '*.example.org',
    'https://*.example.org',
    `${PAGE},*`,
    `${PAGE},,`,
    'null',
    'file:///app',
  ])('rejects %j', (text) => {
    expect(() => read(text)).toThrow(SettingsError);
    expect(() => read(text)).toThrow(/^CORS_ORIGINS is .*; it must be origins between commas/);
  });

  test('accepts no origin, a list of origins or *', () => {
    expect(read()).toEqual([]);
    expect(read('')).toEqual([]);
    expect(read(`${PAGE}, http://localhost:3000`)).toEqual([PAGE, 'http://localhost:3000']);
    expect(read('*')).toEqual(['*']);
  });
});

test('allows no origin by default', async () => {
  await using service = await start();
  const reply = await send(service, 'OPTIONS', '/jobs', null, PREFLIGHT);
  expectProblem(reply, 'method-not-allowed', 405);
  expect(grants(reply)).toEqual([]);
  expect(grants(await service.get('/jobs', { ...key, Origin: PAGE }))).toEqual([]);
});

test('does not allow an origin that is not listed', async () => {
  await using service = await start(PAGE);
  for (const Origin of ['https://evil.example', `${PAGE}.evil.example`, `${PAGE}:8443`, 'null', 'x']) {
    const preflight = await send(service, 'OPTIONS', '/jobs', null, { ...PREFLIGHT, Origin });
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBeNull();
    const reply = await service.get('/jobs', { ...key, Origin });
    expect(reply.headers.get('Access-Control-Allow-Origin')).toBeNull();
    expect(list(reply, 'Vary')).toContain('origin');
  }
});

test.each([
  ['its origin', PAGE, PAGE],
  ['every origin', '*', '*'],
])('allows a page by %s to send and read the API’s headers', async (_, setting, granted) => {
  await using service = await start(setting);
  const preflight = await send(service, 'OPTIONS', '/jobs', null, PREFLIGHT);
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe(granted);
  expect(list(preflight, 'Access-Control-Allow-Methods')).toEqual(['get', 'post', 'delete']);
  expect(list(preflight, 'Access-Control-Allow-Headers')).toEqual(
    expect.arrayContaining(PREFLIGHT['Access-Control-Request-Headers'].split(',')),
  );
  for (const name of ['last-event-id', 'x-stainless-retry-count', 'x-stainless-package-version'])
    expect(list(preflight, 'Access-Control-Allow-Headers')).toContain(name);
  expect(preflight.headers.get('Access-Control-Max-Age')).toBe('600');

  const reply = await postJob(service, { query: 'hello' }, { ...key, Origin: PAGE });
  expect(reply.status).toBe(202);
  expect(reply.headers.get('Access-Control-Allow-Origin')).toBe(granted);
  const readable = list(reply, 'Access-Control-Expose-Headers');
  for (const name of ['location', 'retry-after', 'x-job-id', 'link', 'ratelimit', 'ratelimit-policy'])
    expect(readable).toContain(name);
  // The page sends the key itself, so the browser needs no credentials.
  for (const one of [preflight, reply])
    expect(one.headers.get('Access-Control-Allow-Credentials')).toBeNull();
});

test('allows a page to read an error', async () => {
  await using service = await start(PAGE);
  const refused = [
    await service.get('/jobs', { Origin: PAGE }),
    await service.get('/nothing', { ...key, Origin: PAGE }),
    await send(service, 'PUT', '/jobs', '{}', { ...key, Origin: PAGE }),
  ];
  expect(refused.map(({ status }) => status)).toEqual([401, 404, 405]);
  for (const { headers } of refused) expect(headers.get('Access-Control-Allow-Origin')).toBe(PAGE);
});

test('allows a page to follow events', async () => {
  await using service = await start(PAGE);
  const { json } = await postJob(service, { query: 'hello' }, { ...key, Origin: PAGE });
  const stop = new AbortController();
  const response = await fetch(`${service.url}/jobs/${json.id}/events`, {
    headers: { ...key, Origin: PAGE },
    signal: stop.signal,
  });
  expect(response.headers.get('Access-Control-Allow-Origin')).toBe(PAGE);
  stop.abort();
});

test('answers 405 to OPTIONS without a preflight header', async () => {
  await using service = await start('*');
  expectProblem(await send(service, 'OPTIONS', '/jobs', null, key), 'method-not-allowed', 405);
});
