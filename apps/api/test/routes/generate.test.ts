import { STEPS } from '@codegen/pipeline';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import {
  fails,
  fenced,
  LEAK,
  lost,
  QUESTION,
  type Replies,
  type Reply,
  reply,
} from '@codegen/testing/models/replies';
import { complexResponse, simpleResponse } from '@codegen/testing/runs/case';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

/** Sends GET /generate to a service with these models. */
async function generate(replies: Replies) {
  await using service = await startService({ replies });
  return await service.get('/generate?query=hello');
}

/** The keys of an object and of nested objects, in order. */
const keysOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).map(([key, inner]) => [key, keysOf(inner)])
    : null;

describe('the result of a query', () => {
  test('on the simple route has code and one step', async () => {
    const { status, json } = await generate({ classify: reply('simple') });
    expect(status).toBe(200);
    expect(json).toEqual(simpleResponse);
    expect(keysOf(json)).toEqual([
      ['code', null],
      ['steps', [['directCode', null]]],
    ]);
  });

  test('on the complex route has code and six steps in pipeline order', async () => {
    const { status, json } = await generate({});
    expect(status).toBe(200);
    expect(json).toEqual(complexResponse());
    expect(keysOf(json)).toEqual([
      ['code', null],
      ['steps', STEPS.map((step) => [step, null])],
    ]);
  });

  test('on the ambiguous route has a question and no code', async () => {
    const { status, json } = await generate({ classify: reply('ambiguous') });
    expect(status).toBe(200);
    expect(json).toEqual({ code: '', feedback: QUESTION, ambiguous: true });
    expect(Object.keys(json)).toEqual(['code', 'feedback', 'ambiguous']);
  });

  test('has the interpreter’s question if the query cannot be specified', async () => {
    const { json } = await generate({ interpret: reply('{"unclear": "For whom?"}') });
    expect(json).toEqual({ code: '', feedback: 'For whom?', ambiguous: true });
  });

  test('has every step, with those of a failed branch empty', async () => {
    const { status, json } = await generate({ interpret: lost });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      steps: { interpretation: '', interpretedCode: '', enhancedInterpretedCode: '' },
    });
    expect(Object.keys(json.steps)).toEqual(STEPS);
  });
});

describe('the response', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ replies: { classify: reply('simple') } });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  test('is JSON, names its job only in headers and is not cached', async () => {
    const { headers, body } = await service.get('/generate?query=hello');
    const id = headers.get('X-Job-Id') ?? '';
    expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(headers.get('Link')).toBe(`</jobs/${id}>; rel="status"`);
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('X-Simulated')).toBeNull();
    expect(body).not.toContain(id);
    expect((await service.get(`/jobs/${id}`)).json).toMatchObject({ id, status: 'completed' });
  });

  test('has no Preference-Applied header without a Prefer header', async () => {
    const { headers } = await service.get('/generate?query=hello');
    expect(headers.get('Preference-Applied')).toBeNull();
    expect(headers.get('Location')).toBeNull();
  });
});

describe('canned output', () => {
  test('is marked in the response and in the job', async () => {
    await using service = await startService({
      replies: { classify: reply('simple', { simulated: true }) },
    });
    const { headers } = await service.get('/generate?query=hello');
    expect(headers.get('X-Simulated')).toBe('true');
    const job = await service.get(`/jobs/${headers.get('X-Job-Id')}`);
    expect(job.headers.get('X-Simulated')).toBe('true');
    expect(job.json.simulated).toBe(true);
  });
});

describe('a failed job', () => {
  test.each([
    ['every model fails', fails({ intent: 'retry', code: 'overloaded' }), 'models-failed', 'overloaded'],
    ['no model will do', lost, 'models-failed', 'too-long'],
    [
      'the key is rejected',
      fails({ intent: 'failRun', code: 'key-rejected' }),
      'model-key-rejected',
      'key-rejected',
    ],
    [
      'there is no credit',
      fails({ intent: 'failRun', code: 'no-credit' }),
      'model-credit-used-up',
      'no-credit',
    ],
    [
      'no model server is found',
      fails({ intent: 'failRun', code: 'wrong-base-url' }),
      'model-server-unreachable',
      'wrong-base-url',
    ],
    ['the answers are empty', reply(''), 'models-failed', 'unreadable-answer'],
    ['the answers are no code', reply('Error: 500'), 'models-failed', 'unreadable-answer'],
  ])('returns a problem if %s', async (_, answer, type, code) => {
    const response = await generate({ classify: reply('simple'), answer });
    expectProblem(response, type, 502);
    expect(response.json).toMatchObject({ stage: 'answer', code });
    expect(response.json).not.toHaveProperty('steps');
    expect(response.headers.get('X-Job-Id')).toMatch(/^[\da-f-]{36}$/);
  });

  test('leaves no error text in earlier steps', async () => {
    const { json } = await generate({ polish: lost, 'enhance.direct': lost, compare: lost });
    expect(JSON.stringify(json)).not.toContain(LEAK);
  });
});

describe('concurrent requests', () => {
  const simple = reply('simple');
  /** Writes code with the number in the prompt. */
  const echo: Reply = (call, moments) => {
    const [, number] = /number (\d+)\b/.exec(call.prompt.user) ?? [];
    return reply(fenced(`print(${number})`))(call, moments);
  };

  test('get their own results', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    const count = inject('redisKind') === 'embedded' ? 40 : 200;
    await using service = await startService({ replies: { classify: simple, answer: echo } });
    const replies = await Promise.all(
      Array.from({ length: count }, (_, i) => service.get(`/generate?query=number+${i}`)),
    );
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(replies.map(({ json }) => json)).toEqual(
      replies.map((_, i) => ({ code: `print(${i})`, steps: { directCode: `print(${i})` } })),
    );
    expect(new Set(replies.map(({ headers }) => headers.get('X-Job-Id'))).size).toBe(count);
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  test('get the same jobs from two API processes on one queue', async () => {
    await using one = await startService({ replies: { classify: simple, answer: echo } });
    const path = await one.begin('number 1');
    const run = await one.finished(path);
    const namespace = one.namespace;
    await using two = await startService({ worker: false, settings: { QUEUE_NAMESPACE: namespace } });
    expect((await two.get(path)).json).toEqual((await one.get(path)).json);
    expect((await two.get(path)).json.id).toBe(run.id);
    // The worker of the first service runs the job.
    expect((await two.get('/generate?query=number+2')).json.code).toBe('print(2)');
  });
});
