import { STEPS } from '@codegen/pipeline';
import { complexResponse, simpleResponse } from '@codegen/testing/case';
import { fails, LEAK, lost, QUESTION, type Replies, reply } from '@codegen/testing/replies';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem, type Service, startService } from './service.ts';

/** The service of a test, whose models say what the test scripts. */
async function generate(replies: Replies) {
  await using service = await startService({ replies });
  return await service.get('/generate?query=hello');
}

/** The keys of an object and of the objects in it, in their order. */
const keysOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).map(([key, inner]) => [key, keysOf(inner)])
    : null;

describe('the answer to a query', () => {
  test('that is simple has code and one step', async () => {
    const { status, json } = await generate({ classify: reply('simple') });
    expect(status).toBe(200);
    expect(json).toEqual(simpleResponse);
    expect(keysOf(json)).toEqual([
      ['code', null],
      ['steps', [['directCode', null]]],
    ]);
  });

  test('that is complex has code and every step, in the order of the pipeline', async () => {
    const { status, json } = await generate({});
    expect(status).toBe(200);
    expect(json).toEqual(complexResponse());
    expect(keysOf(json)).toEqual([
      ['code', null],
      ['steps', STEPS.map((step) => [step, null])],
    ]);
  });

  test('that is ambiguous has a question and no code', async () => {
    const { status, json } = await generate({ classify: reply('ambiguous') });
    expect(status).toBe(200);
    expect(json).toEqual({ code: '', feedback: QUESTION, ambiguous: true });
    expect(Object.keys(json)).toEqual(['code', 'feedback', 'ambiguous']);
  });

  test('that cannot be specified has the question of the interpreter', async () => {
    const { json } = await generate({ interpret: reply('{"unclear": "For whom?"}') });
    expect(json).toEqual({ code: '', feedback: 'For whom?', ambiguous: true });
  });

  test('that lost a branch has every step, those that were lost empty', async () => {
    const { status, json } = await generate({ interpret: lost });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      steps: { interpretation: '', interpretedCode: '', enhancedInterpretedCode: '' },
    });
    expect(Object.keys(json.steps)).toEqual(STEPS);
  });
});

describe('an answer', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ replies: { classify: reply('simple') } });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  test('is JSON, names its job in headers alone and may not be cached', async () => {
    const { headers, body } = await service.get('/generate?query=hello');
    const id = headers.get('X-Job-Id') ?? '';
    expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(headers.get('Link')).toBe(`</jobs/${id}>; rel="status"`);
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('X-Simulated')).toBeNull();
    expect(body).not.toContain(id);
    expect((await service.get(`/jobs/${id}`)).json).toMatchObject({ id, status: 'completed' });
  });

  test('says nothing of a preference that nobody stated', async () => {
    const { headers } = await service.get('/generate?query=hello');
    expect(headers.get('Preference-Applied')).toBeNull();
    expect(headers.get('Location')).toBeNull();
  });
});

describe('canned answers', () => {
  test('are marked, here and in the job', async () => {
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

describe('a run that fails', () => {
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
    ['the answers are empty', reply(''), 'models-failed', 'unreadable-answer'],
    ['the answers are no code', reply('Error: 500'), 'models-failed', 'unreadable-answer'],
  ])('because %s is a problem and no code', async (_, answer, type, code) => {
    const response = await generate({ classify: reply('simple'), answer });
    expectProblem(response, type, 502);
    expect(response.json).toMatchObject({ stage: 'answer', code });
    expect(response.json).not.toHaveProperty('steps');
    expect(response.headers.get('X-Job-Id')).toMatch(/^[\da-f-]{36}$/);
  });

  test('leaves no trace of the error in steps that were made before', async () => {
    const { json } = await generate({ polish: lost, 'enhance.direct': lost, compare: lost });
    expect(JSON.stringify(json)).not.toContain(LEAK);
  });
});
