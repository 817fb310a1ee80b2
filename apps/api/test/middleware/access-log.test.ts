import { captureLog } from '@codegen/testing/api/captured-log';
import { rawGet } from '@codegen/testing/api/raw-request';
import { type Service, startService, until } from '@codegen/testing/api/service';
import { lost, reply } from '@codegen/testing/models/replies';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { expect, inject, test } from 'vitest';
import { digestOf } from '../../src/middleware/key-ring.ts';

const SECRET = 'what-I-asked';

/** A service and its log lines. */
async function startLogged(given: Parameters<typeof startService>[0] = {}) {
  const lines: string[] = [];
  const service = await startService({ ...given, log: captureLog(lines) });
  const finished = async (count: number) => {
    await until(async () => lines.length >= count);
    expect(lines).toHaveLength(count);
    return lines.map((line) => JSON.parse(line));
  };
  return { service, lines, finished };
}

const generate = (service: Service, query = SECRET) => service.get(`/generate?query=${query}`);

test('logs path, status and job in one line, without the query', async () => {
  const { service, lines, finished } = await startLogged({ replies: { classify: reply('simple') } });
  await using _service = service;
  const { headers } = await generate(service);
  const [line] = await finished(1);
  expect(line).toMatchObject({
    req: { method: 'GET', path: '/generate' },
    res: { statusCode: 200 },
    run: headers.get('X-Job-Id'),
    responseTime: expect.any(Number),
  });
  expect(lines.join('')).not.toContain(SECRET);
});

test.each([
  ['in the parameter', `/generate?query=${SECRET}&query=x`, 400],
  ['in another parameter', `/generate?q=${SECRET}`, 400],
  ['in the absolute form', `http://host/generate?query=${SECRET}%00`, 422],
])('logs a rejected request without the query: %s', async (_, target, status) => {
  const { service, lines, finished } = await startLogged();
  await using _service = service;
  expect((await rawGet(service.url, target)).status).toBe(status);
  await finished(1);
  expect(lines.join('')).not.toContain(SECRET);
});

test('logs a failed job as an error, without the query', async () => {
  const { service, lines, finished } = await startLogged({
    replies: { classify: reply('simple'), answer: lost },
  });
  await using _service = service;
  await generate(service);
  const [line] = await finished(1);
  expect(line).toMatchObject({ level: 50, res: { statusCode: 502 } });
  expect(lines.join('')).not.toContain(SECRET);
});

test('logs that Redis is unavailable, without the query', async () => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  const { service, lines, finished } = await startLogged({ settings: { REDIS_URL: proxy.url } });
  await using _service = service;
  proxy.stall();
  expect((await generate(service)).status).toBe(503);
  const [why, line] = await finished(2);
  expect(why).toMatchObject({ msg: 'queue unavailable', requestId: line.requestId });
  expect(line).toMatchObject({ res: { statusCode: 503, problem: 'queue-unavailable' } });
  expect(lines.join('')).not.toContain(SECRET);
});

test('does not log health checks', async () => {
  const { service, finished } = await startLogged();
  await using _service = service;
  await service.get('/healthz');
  await service.get('/readyz');
  await service.get('/');
  expect(await finished(1)).toMatchObject([{ req: { path: '/' } }]);
});

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test('takes a well-formed request id, makes one otherwise, and sends it back', async () => {
  const { service, finished } = await startLogged({ worker: false });
  await using _service = service;
  const given = await service.get('/', { 'X-Request-Id': '01J9Z3-proxy_id.7' });
  const without = await service.get('/');
  const short = await service.get('/', { 'X-Request-Id': 'x' });
  const forged = await service.get('/', { 'X-Request-Id': 'id "level":60 x' });
  const long = await service.get('/', { 'X-Request-Id': 'x'.repeat(129) });
  const ids = [given, without, short, forged, long].map(({ headers }) => headers.get('X-Request-Id'));
  expect(ids[0]).toBe('01J9Z3-proxy_id.7');
  for (const id of ids.slice(1)) expect(id).toMatch(UUID);
  expect((await finished(5)).map(({ requestId }) => requestId)).toEqual(ids);
});

test('logs the caller, and problems by type', async () => {
  const API_KEYS = [{ caller: 'alice', digest: digestOf('alices-key') }];
  const { service, finished } = await startLogged({ settings: { API_KEYS }, worker: false });
  await using _service = service;
  await service.get('/jobs', { Authorization: 'Bearer alices-key' });
  await service.get('/jobs', { Authorization: 'Bearer other-key' });
  const lines = await finished(2);
  expect(lines.map(({ caller, res }) => [caller, res])).toEqual([
    ['alice', { statusCode: 200 }],
    [undefined, { statusCode: 401, problem: 'unauthorized' }],
  ]);
});

test.each([
  ['the connection, without trusted proxies', [], '127.0.0.1'],
  ['a trusted proxy', ['loopback'], '198.51.100.7'],
  ['two trusted proxies', ['loopback', '198.51.100.0/24'], '203.0.113.9'],
])('logs the address of %s', async (_, TRUSTED_PROXIES, address) => {
  const { service, finished } = await startLogged({ settings: { TRUSTED_PROXIES }, worker: false });
  await using _service = service;
  await service.get('/', { 'X-Forwarded-For': '203.0.113.9, 198.51.100.7' });
  expect(await finished(1)).toMatchObject([{ address }]);
});
