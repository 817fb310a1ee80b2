import { assistant, eventsIn, postResponse, user } from '@codegen/testing/api/chat';
import { deleteJob, send } from '@codegen/testing/api/requests';
import { type Service, startService } from '@codegen/testing/api/service';
import { hangs, lost, reply } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService({
    replies: {
      classify: reply('simple'),
      answer: (call, moments) => {
        if (/endlessly/.test(call.prompt.user)) return hangs(call, moments);
        if (/broken/.test(call.prompt.user)) return lost(call, moments);
        return reply('```python title="app.py"\nprint(1)\n```')(call, moments);
      },
    },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

const MARKDOWN = '`app.py`\n```python app.py\nprint(1)\n```';
const read = (id: string, query = '') => service.get(`/v1/responses/${id}${query}`);
const cancel = (id: string) => send(service, 'POST', `/v1/responses/${id}/cancel`);

describe('POST /v1/responses', () => {
  test('answers with the finished response, which can be read later', async () => {
    const answer = await postResponse(service, { input: 'print one', metadata: { chat: '7' } });
    const id = answer.headers.get('X-Job-Id');
    expect(answer.json).toMatchObject({
      id: `resp_${id}`,
      object: 'response',
      status: 'completed',
      model: 'codegen',
      metadata: { chat: '7' },
      error: null,
      output: [
        { id: `rs_${id}`, type: 'reasoning', summary: [{ text: expect.stringMatching(/^classify: /) }] },
        { id: `msg_${id}`, role: 'assistant', content: [{ type: 'output_text', text: MARKDOWN }] },
      ],
      usage: { input_tokens: 20, output_tokens: 10, total_tokens: 30, cost: 0.02 },
    });
    expect((await read(`resp_${id}`)).json).toEqual(answer.json);
  });

  test('is a failed response if the job fails', async () => {
    const { status, json } = await postResponse(service, { input: 'broken' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'failed', error: { code: 'models-failed' } });
    expect(json.output.map(({ type }: { type: string }) => type)).toEqual(['reasoning']);
  });

  test('accepts messages in every form, instructions and items of other kinds', async () => {
    const input = [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
      { type: 'reasoning', id: 'rs_1', summary: [] },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Which?', annotations: [] }],
      },
      { type: 'function_call_output', call_id: 'c', output: 'x' },
      { role: 'developer', content: 'Use Python.' },
      user('the second'),
    ];
    const answer = await postResponse(service, { model: 'codegen-fast', input, instructions: 'Be terse.' });
    expect(answer.json.model).toBe('codegen-fast');
    expect((await service.runs.load(answer.headers.get('X-Job-Id') ?? ''))?.conversation).toEqual([
      { role: 'system', content: 'Be terse.\n\nUse Python.' },
      user('hello'),
      assistant('Which?'),
      user('the second'),
    ]);
  });
});

test('a response in the background is accepted at once, can be cancelled, and deleted only then', async () => {
  const begun = await postResponse(service, { input: 'endlessly', background: true });
  expect(['queued', 'in_progress']).toContain(begun.json.status);
  expect(begun.json).toMatchObject({ output: [], usage: null, completed_at: null });
  const { id } = begun.json;
  const early = await deleteJob(service, `/v1/responses/${id}`);
  expect([early.status, early.json.error.code]).toEqual([409, 'job-not-finished']);
  expect((await cancel(id)).json).toMatchObject({
    id,
    status: 'cancelled',
    error: { code: 'job-cancelled' },
  });
  expect((await cancel(id)).json.status).toBe('cancelled');
  expect((await deleteJob(service, `/v1/responses/${id}`)).json).toEqual({
    id,
    object: 'response',
    deleted: true,
  });
  expect((await read(id)).json.error).toMatchObject({ type: 'not_found_error', code: 'unknown-job' });
});

describe('a streamed response', () => {
  test('has the events of the Responses API with increasing numbers', async () => {
    const answer = await postResponse(service, { input: 'streamed', stream: true });
    const events = eventsIn(answer);
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      ...Array(5).fill('response.reasoning_summary_text.delta'),
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const numbers = events.map(({ sequence_number }) => sequence_number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(answer.body).toMatch(
      /^event: response\.created\ndata: \{"type":"response\.created","sequence_number":0,/,
    );
    expect(events.at(-1).response).toEqual((await read(`resp_${answer.headers.get('X-Job-Id')}`)).json);
  });

  test('can be resumed after any event, with the same events', async () => {
    const begun = await postResponse(service, { input: 'resumed', background: true });
    const whole = eventsIn(await read(begun.json.id, '?stream=true'));
    expect(whole.at(-1).type).toBe('response.completed');
    for (const [index, { sequence_number }] of whole.entries()) {
      const rest = eventsIn(await read(begun.json.id, `?stream=true&starting_after=${sequence_number}`));
      expect(rest.slice(1), `after ${sequence_number}`).toEqual(whole.slice(index + 2));
      expect(rest[0]?.sequence_number).toBe(whole[index + 1]?.sequence_number);
    }
  });

  test('ends with response.failed if the job fails', async () => {
    const events = eventsIn(await postResponse(service, { input: 'broken', stream: true }));
    expect(events.at(-1)).toMatchObject({ type: 'response.failed', response: { status: 'failed' } });
  });

  test('rejects a starting_after that is no number', async () => {
    const { json } = await postResponse(service, { input: 'hi', background: true });
    const answer = await read(json.id, '?stream=true&starting_after=last');
    expect(answer.json.error).toMatchObject({ param: 'starting_after', code: 'invalid-parameter' });
  });
});
