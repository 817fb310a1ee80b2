import { cancelJob, postJob } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService, until } from '@codegen/testing/api/service';
import { lost, type Reply as ModelReply, reply, writes } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const idsOf = (jobs: readonly { id: string }[]) => jobs.map(({ id }) => id);
const pathOf = (cursor: string | null, query = '') =>
  `/jobs?${query}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;

/** All jobs of a filter, page by page; calls `between` after each page. */
async function allJobs(service: Service, query: string, between = async () => {}) {
  const jobs: { id: string; createdAt: string }[] = [];
  let next: string | null = null;
  do {
    const { status, json } = await service.get(pathOf(next, query));
    expect(status).toBe(200);
    jobs.push(...json.jobs);
    next = json.next;
    await between();
  } while (next !== null);
  return jobs;
}

describe('an invalid list request', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ worker: false });
    await service.begin();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  test.each([
    ['status', 'status=done'],
    ['status', 'status='],
    ['status', 'status=queued,running'],
    ['status', 'status=queued&status=running'],
    ['route', 'route=long'],
    ['route', 'route=null'],
    ['createdFrom', 'createdFrom=yesterday'],
    ['createdFrom', 'createdFrom=1795000000000'],
    ['createdFrom', 'createdFrom=2026-11-23'],
    ['createdFrom', 'createdFrom=2026-02-29T00:00:00Z'],
    ['createdFrom', 'createdFrom=2026-11-23T06:00:00'],
    ['createdTo', 'createdTo=2026-11-23T06:00:00+02:00'],
    ['createdTo', 'createdTo=2026-11-23T25:00:00Z'],
    ['limit', 'limit=0'],
    ['limit', 'limit=101'],
    ['limit', 'limit=-1'],
    ['limit', 'limit=1e1'],
    ['limit', 'limit='],
    ['limit', 'limit=10&limit=20'],
    ['idempotencyKey', `idempotencyKey=${'x'.repeat(256)}`],
    ['cursor', `cursor=${'x'.repeat(201)}`],
    ['metadata.a', 'metadata.a=1&metadata.a=2'],
    ['metadata.', 'metadata.=1'],
    ['metadata.a b', 'metadata.a%20b=1'],
    ['metadata.xxx', `metadata.${'x'.repeat(65)}=1`],
    ['metadata.__proto__', 'metadata.__proto__=1'],
    ['metadata', 'metadata=1'],
    ['metadata[a]', 'metadata[a]=1'],
    ['offset. Use status, route,', 'offset=5'],
    ['Status. Did you mean status?', 'Status=queued'],
    ['since. Did you mean createdFrom?', 'since=2026-11-23T06:00:00Z'],
    ['__proto__', '__proto__=queued'],
    ['constructor', 'constructor=1'],
    ['', '=1'],
    ['xxx', `${'x'.repeat(5_000)}=1`],
  ])('is rejected with the name %j: %s', async (name, query) => {
    const reply = await service.get(`/jobs?${query}`);
    expectProblem(reply, 'invalid-filter', 400);
    expect(reply.json.detail).toContain(name);
    expect(reply.json.detail.length).toBeLessThanOrEqual(300);
  });

  test.each([
    '',
    'x',
    '%00',
    '%ff',
    '1.2',
    Buffer.from('-1.00000000-0000-4000-8000-000000000000').toString('base64url'),
    Buffer.from('1.00000000-0000-4000-8000-00000000000').toString('base64url'),
    Buffer.from('1e5.00000000-0000-4000-8000-000000000000').toString('base64url'),
    Buffer.from('1.00000000-0000-4000-8000-000000000000\n').toString('base64url'),
    Buffer.from('1.(inf0000-0000-4000-8000-000000000000').toString('base64url'),
  ])('is rejected with the cursor %j', async (cursor) => {
    expectProblem(await service.get(`/jobs?cursor=${cursor}`), 'malformed-cursor', 400);
  });
});

test.concurrent('returns an empty list without jobs', async () => {
  await using service = await startService({ worker: false });
  const { status, headers, json } = await service.get('/jobs');
  expect(status).toBe(200);
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(json).toEqual({ jobs: [], next: null });
  expect((await service.get('/jobs/?')).json).toEqual({ jobs: [], next: null });
});

test.concurrent('lists the newest job first, each as GET /jobs/:id returns it', async () => {
  await using service = await startService({ replies: { classify: reply('simple') } });
  const paths: string[] = [];
  for (const query of ['first', 'second', 'third']) {
    paths.unshift(await service.begin(query));
    await service.finished(paths[0] ?? '');
  }
  const jobs = await Promise.all(paths.map(async (path) => (await service.get(path)).json));
  expect((await service.get('/jobs')).json).toEqual({ jobs, next: null });
});

test.concurrent('pages by 20, and every job is on exactly one page', async () => {
  await using service = await startService({ worker: false });
  const count = 45;
  await Promise.all(Array.from({ length: count }, (_, index) => postJob(service, { query: `${index}` })));
  const first = await service.get('/jobs');
  expect(first.json.jobs).toHaveLength(20);
  const whole = await allJobs(service, 'limit=100');
  expect(new Set(idsOf(whole)).size).toBe(count);
  const times = whole.map(({ createdAt }) => createdAt);
  expect(times).toEqual(times.toSorted().reverse());
  for (const limit of [1, 7, 45])
    expect(idsOf(await allJobs(service, `limit=${limit}`))).toEqual(idsOf(whole));
  // Jobs that are created meanwhile are on no later page.
  const meanwhile = async () => void (await postJob(service, { query: 'new' }));
  expect(idsOf(await allJobs(service, 'limit=10', meanwhile))).toEqual(idsOf(whole));
});

test.concurrent('continues at a cursor on any API process with the same filter', async () => {
  await using service = await startService({ worker: false });
  await using other = await startService({ worker: false, settings: { QUEUE_NAMESPACE: service.namespace } });
  for (const a of ['1', '2', '1', '2', '1']) await postJob(service, { query: 'x', metadata: { a } });
  const whole = idsOf(await allJobs(service, 'metadata.a=1'));
  expect(whole).toHaveLength(3);
  const page = await service.get('/jobs?metadata.a=1&limit=2');
  const rest = await other.get(pathOf(page.json.next, 'metadata.a=1&limit=2'));
  expect([...idsOf(page.json.jobs), ...idsOf(rest.json.jobs)]).toEqual(whole);
  expect(rest.json.next).toBeNull();
});

test.concurrent('applies all filters', async () => {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const classify: ModelReply = async (call, moments) => {
    const [, word = 'simple'] = /say (\w+)/.exec(call.prompt.user) ?? [];
    if (word === 'nothing') await promise;
    return reply(word)(call, moments);
  };
  const answer: ModelReply = (call, moments) =>
    (call.prompt.user.includes('fail') ? lost : writes)(call, moments);
  await using service = await startService({ replies: { classify, answer } });
  const post = async (query: string, metadata = {}, key?: string): Promise<string> => {
    const { json } = await postJob(
      service,
      { query, metadata },
      key === undefined ? {} : { 'Idempotency-Key': key },
    );
    // Each job gets a different creation time.
    await until(async () => Date.now() > Date.parse(json.createdAt));
    return json.id;
  };
  const simple = await post('say simple', { team: 'a', ticket: '1' }, 'key-1');
  const complex = await post('say complex', { team: 'a' });
  const ambiguous = await post('say ambiguous', { team: 'b', 'x.y-z_': 'ü &=' });
  const failed = await post('say simple, fail', { team: 'b' });
  for (const id of [simple, complex, ambiguous, failed]) await service.finished(`/jobs/${id}`);
  const running = await post('say nothing', { team: 'a' });
  const cancelled = await post('say nothing twice', { team: 'a' });
  await service.job(`/jobs/${running}`, ({ status }) => status === 'running');
  await cancelJob(service, `/jobs/${cancelled}`);

  const found = async (query: string) => idsOf((await service.get(`/jobs?${query}`)).json.jobs);
  const { createdAt } = (await service.get(`/jobs/${failed}`)).json;
  const fits: [string, string[]][] = [
    ['status=queued', []],
    ['status=running', [running]],
    ['status=completed', [ambiguous, complex, simple]],
    ['status=failed', [failed]],
    ['status=cancelled', [cancelled]],
    ['route=simple', [failed, simple]],
    ['route=complex', [complex]],
    ['route=ambiguous', [ambiguous]],
    ['metadata.team=b', [failed, ambiguous]],
    ['metadata.team=a&metadata.ticket=1', [simple]],
    ['metadata.team=b&metadata.ticket=1', []],
    ['metadata.team=', []],
    ['metadata.x.y-z_=%C3%BC+%26%3D', [ambiguous]],
    ['idempotencyKey=key-1', [simple]],
    ['idempotencyKey=key', []],
    [`createdFrom=${createdAt}&status=cancelled`, [cancelled]],
    [`createdTo=${createdAt}&route=simple`, [failed, simple]],
    [`createdFrom=${createdAt}&createdTo=${createdAt}&status=failed`, [failed]],
    ['createdFrom=2999-01-01T00:00:00Z', []],
    ['createdTo=1999-12-31T23:59:59.5-12:00', []],
    ['createdFrom=2999-01-01T00:00:00Z&createdTo=1999-01-01T00:00:00%2B02:00', []],
    ['status=completed&route=simple&metadata.team=a&idempotencyKey=key-1&limit=1', [simple]],
    ['status=completed&route=simple&metadata.team=b&idempotencyKey=key-1', []],
  ];
  for (const [query, ids] of fits) expect([query, await found(query)]).toEqual([query, ids]);
  release();
});
