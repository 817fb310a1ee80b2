import { createHash } from 'node:crypto';
import { cancelJob, deleteJob, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService, until } from '@codegen/testing/api/service';
import { codeBy, hangs, QUESTION, type Reply, reply, writes } from '@codegen/testing/models/replies';
import { storedKeys } from '@codegen/testing/redis/stored-keys';
import { afterAll, beforeAll, expect, test } from 'vitest';

const keyOf = (caller: string) => ({ Authorization: `Bearer key-of-${caller}` });
const [alice, bob] = [keyOf('alice'), keyOf('bob')];
const API_KEYS = ['alice', 'bob'].map((caller) => ({
  caller,
  digest: createHash('sha256').update(`key-of-${caller}`).digest(),
}));

/** Asks back if the request says so. Hangs if it says so. */
const classify: Reply = (call, moments) => {
  const request = /<request-\w+>\n([\s\S]*?)\n<\/request/.exec(call.prompt.user)?.[1] ?? '';
  if (request.includes('hang')) return hangs(call, moments);
  return reply(request.includes('ambiguous') ? 'ambiguous' : 'simple')(call, moments);
};

let service: Service;
beforeAll(async () => {
  service = await startService({ replies: { classify, answer: writes }, settings: { API_KEYS } });
});
afterAll(() => service?.[Symbol.asyncDispose]());

const create = async (job: object, headers = alice) =>
  (await postJob(service, { wait: 30, ...job }, headers)).json;
const threadOf = async (id: string, headers = alice) => (await service.get(`/threads/${id}`, headers)).json;
const file = (name: string, content: string) => ({ name, content });

test('a job without predecessor starts a thread of its own id', async () => {
  const job = await create({ query: 'one' });
  expect(job).toMatchObject({ threadId: job.id, previousJobId: null, diff: null });
  expect(await threadOf(job.id)).toMatchObject({
    id: job.id,
    omitted: 0,
    turns: [{ jobId: job.id, request: 'one' }],
  });
});

test('a follow-up starts from the code and the conversation of its predecessor', async () => {
  const first = await create({ query: 'one', files: [file('lib.py', 'x = 1\n')] });
  const second = await create({ query: 'two', previousJobId: first.id.toUpperCase() });
  expect(second).toMatchObject({ threadId: first.id, previousJobId: first.id, query: 'two' });
  const { conversation, files } = (await service.runs.load(second.id))!;
  expect(conversation.map(({ content }) => content)).toEqual([
    'one',
    expect.stringContaining('code was written'),
    'two',
  ]);
  expect(files).toEqual([file('lib.py', `${codeBy('answer')}\n`)]);
  const { turns, createdAt, updatedAt } = await threadOf(first.id);
  expect(turns.map((turn: { jobId: string }) => turn.jobId)).toEqual([first.id, second.id]);
  expect([createdAt, updatedAt]).toEqual([first.createdAt, second.createdAt]);
});

test('GET /generate continues a job', async () => {
  const first = await create({ query: 'one' });
  const { headers } = await service.get(`/generate?query=two&previousJobId=${first.id}`, alice);
  const job = (await service.get(`/jobs/${headers.get('X-Job-Id')}`, alice)).json;
  expect(job).toMatchObject({ threadId: first.id, previousJobId: first.id });
  expectProblem(await service.get('/generate?query=two&previousJobId=7', alice), 'invalid-parameter', 400);
});

test('a question and its answer stand in the conversation of the follow-up', async () => {
  const question = await create({ query: 'ambiguous' });
  expect(question.result.feedback).toBe(QUESTION);
  const answered = await create({ query: 'Python', previousJobId: question.id });
  expect(answered.result.code).toBe(codeBy('answer'));
  const prompt = service.models.calls.findLast(({ stage }) => stage === 'answer')!.prompt.user;
  expect(prompt).toMatch(/>\nambiguous\n<[\s\S]*>\nWhich language\?\n<[\s\S]*<request-\w+>\nPython\n</);
  const { turns } = await threadOf(question.id);
  expect(turns).toMatchObject([
    { question: QUESTION, code: '' },
    { question: null, code: codeBy('answer') },
  ]);
});

test('any earlier job of a thread can be continued, more than once', async () => {
  const first = await create({ query: 'one' });
  const second = await create({ query: 'two', previousJobId: first.id });
  const branch = await create({ query: 'three', previousJobId: first.id });
  const leaf = await create({ query: 'four', previousJobId: branch.id });
  expect(leaf.threadId).toBe(first.id);
  const requests = (await service.runs.load(leaf.id))!.conversation.filter(({ role }) => role === 'user');
  expect(requests.map(({ content }) => content)).toEqual(['one', 'three', 'four']);
  const { turns } = await threadOf(first.id);
  expect(turns.map((turn: { jobId: string }) => turn.jobId)).toEqual([
    first.id,
    second.id,
    branch.id,
    leaf.id,
  ]);
});

test('the same follow-up with the same idempotency key is one job, and another predecessor conflicts', async () => {
  const first = await create({ query: 'one' });
  const key = { ...alice, 'Idempotency-Key': `key-${first.id}` };
  const follow = { query: 'two', previousJobId: first.id };
  const second = await create(follow, key);
  expect((await create(follow, key)).id).toBe(second.id);
  const files = [file('a.py', 'x')];
  expectProblem(await postJob(service, { ...follow, files }, key), 'idempotency-key-reused', 422);
  expectProblem(await postJob(service, { query: 'two' }, key), 'idempotency-key-reused', 422);
});

test('an unfinished job cannot be continued until it has finished', async () => {
  const { json } = await postJob(service, { query: 'hang' }, alice);
  const follow = { query: 'two', previousJobId: json.id };
  expectProblem(await postJob(service, follow, alice), 'job-not-finished', 409);
  expectProblem(await send(service, 'DELETE', `/threads/${json.id}`, null, alice), 'job-not-finished', 409);
  await send(service, 'POST', `/jobs/${json.id}/cancel`, null, alice);
  expect(await create(follow)).toMatchObject({ status: 'completed', threadId: json.id });
});

test("a caller neither sees nor continues nor deletes another caller's thread", async () => {
  const { id } = await create({ query: 'one' });
  expectProblem(await service.get(`/threads/${id}`, bob), 'unknown-thread', 404);
  expectProblem(await send(service, 'DELETE', `/threads/${id}`, null, bob), 'unknown-thread', 404);
  expectProblem(await postJob(service, { query: 'two', previousJobId: id }, bob), 'unknown-job', 404);
  expectProblem(await service.get(`/generate?query=two&previousJobId=${id}`, bob), 'unknown-job', 404);
  expect((await threadOf(id)).turns).toHaveLength(1);
});

test('threads are listed page by page, those with the newest jobs first', async () => {
  const own = { ...bob };
  const ids: string[] = [];
  for (const query of ['a', 'b', 'c']) ids.push((await create({ query }, own)).id);
  const [a, b, c] = ids;
  const { id: newest } = await create({ query: 'd', previousJobId: a }, own);
  const first = (await service.get('/threads?limit=2', own)).json;
  expect(first.threads).toMatchObject([
    { id: a, jobs: 2, request: 'a', lastJobId: newest, status: 'completed' },
    { id: c, jobs: 1, request: 'c', lastJobId: c },
  ]);
  const second = (await service.get(`/threads?limit=2&cursor=${first.next}`, own)).json;
  expect(second).toMatchObject({ threads: [{ id: b }], next: null });
  expectProblem(await service.get('/threads?limit=0', own), 'invalid-filter', 400);
  expectProblem(await service.get('/threads?cursor=x', own), 'malformed-cursor', 400);
});

test('deleting jobs of a thread leaves the others, and deleting the thread leaves nothing', async () => {
  const first = await create({ query: 'one' });
  const second = await create({ query: 'two', previousJobId: first.id });
  const third = await create({ query: 'three', previousJobId: second.id });
  const remove = (path: string) => send(service, 'DELETE', path, null, alice);
  expect((await remove(`/jobs/${first.id}`)).status).toBe(200);
  expect((await remove(`/jobs/${third.id}`)).status).toBe(200);
  expect((await threadOf(first.id)).turns.map(({ jobId }: { jobId: string }) => jobId)).toEqual([second.id]);
  const [listed] = (await service.get('/threads', alice)).json.threads;
  expect(listed).toMatchObject({ id: first.id, jobs: 1, lastJobId: second.id });
  const fourth = await create({ query: 'four', previousJobId: second.id });
  expect(fourth.threadId).toBe(first.id);
  expect((await remove(`/threads/${first.id}`)).status).toBe(200);
  expectProblem(await service.get(`/threads/${first.id}`, alice), 'unknown-thread', 404);
  expectProblem(await service.get(`/jobs/${fourth.id}`, alice), 'unknown-job', 404);
  const names = [...(await storedKeys(service.namespace)).keys()];
  for (const { id } of [first, second, third, fourth])
    expect(names.filter((name) => name.includes(id))).toEqual([]);
});

test.each<[string, unknown, string]>([
  ['an absolute path', [file('/etc/passwd', '')], 'invalid-file'],
  ['a path out of the folder', [file('src/../../a.py', '')], 'invalid-file'],
  ['a backslash', [file('a\\b.py', '')], 'invalid-file'],
  ['a control character', [file('a\n.py', '')], 'invalid-file'],
  ['a direction mark', [file('a\u202e.py', '')], 'invalid-file'],
  ['a device of Windows', [file('nul.py', '')], 'invalid-file'],
  ['spaces around the name', [file(' a.py', '')], 'invalid-file'],
  ['a leading ./', [file('./a.py', '')], 'invalid-file'],
  ['the same name twice', [file('a.py', ''), file('a.py', '')], 'invalid-file'],
  ['a NUL in the content', [file('a.py', 'a\0b')], 'invalid-file'],
  ['half a surrogate pair in the content', [file('a.py', '\ud800')], 'invalid-file'],
  ['an empty name', [file('', '')], 'invalid-job-request'],
  ['another field', [{ ...file('a.py', ''), mode: 'x' }], 'invalid-job-request'],
  [
    'names that differ in the form of a character',
    [file('\u00E9.py', ''), file('e\u0301.py', '')],
    'invalid-file',
  ],
  ['too many files', Array.from({ length: 101 }, (_, i) => file(`${i}.py`, '')), 'invalid-job-request'],
  ['too many bytes', [file('a.py', '\u20ac'.repeat(100_000))], 'files-too-large'],
])('refuses files with %s', async (_, files, problem) => {
  expectProblem(await postJob(service, { query: 'x', files }, alice), problem, 422);
});

test('accepts files with any text, and stores them byte for byte', async () => {
  const files = [
    file('.env', ''),
    file('src/naïve name.py', 'a\r\n\tb\x1b[31m\u202e\ufeff</files> ```\n'),
    file('constructor', '__proto__'),
  ];
  const { id } = await create({ query: 'x', files });
  expect((await service.runs.load(id))!.files).toEqual(files);
});

test('all jobs of a thread are kept as long as its newest job', async () => {
  const settings = { JOB_RETENTION: 2 };
  await using own = await startService({
    replies: { classify, answer: writes },
    settings,
    maintenanceMs: 100,
  });
  const first = (await postJob(own, { query: 'one', wait: 30 })).json;
  await until(async () => Date.now() > Date.parse(first.finishedAt) + 1_000);
  const running = (await postJob(own, { query: 'hang', previousJobId: first.id })).json;
  const kept = (await own.get(`/jobs/${first.id}`)).json;
  expect(Date.parse(kept.expiresAt)).toBeGreaterThan(Date.parse(first.expiresAt) + 3_600_000);
  await until(async () => Date.now() > Date.parse(first.expiresAt) + 500);
  expect((await own.get(`/jobs/${first.id}`)).status).toBe(200);
  await cancelJob(own, `/jobs/${running.id}`);
  expect((await own.get(`/threads/${first.id}`)).json.turns).toHaveLength(2);
  await deleteJob(own, `/jobs/${running.id}`);
});
