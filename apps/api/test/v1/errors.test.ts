import { assistant, postChat, postResponse, user } from '@codegen/testing/api/chat';
import { JSON_TYPE, send } from '@codegen/testing/api/requests';
import { type Service, startService } from '@codegen/testing/api/service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService({ worker: false, settings: { RATE_LIMIT_PER_MINUTE: 1_000 } });
});
afterAll(async () => {
  expect((await service.get('/jobs')).json.jobs).toEqual([]);
  await service[Symbol.asyncDispose]();
});

const image = { type: 'image_url', image_url: { url: 'https://example.org/x.png' } };

describe('POST /v1/chat/completions', () => {
  test.each([
    ['messages', { messages: undefined }],
    ['messages', { messages: [] }],
    ['messages', { messages: [assistant('hi')] }],
    ['messages', { messages: [user('hi'), assistant('hi')] }],
    ['messages', { messages: [{ role: 'system', content: 'hi' }] }],
    ['messages[0].role', { messages: [{ role: 'owner', content: 'x' }] }],
    ['messages[0].content', { messages: [user([image])] }],
    ['messages[0].content', { messages: [user([{ type: 'input_audio', input_audio: {} }])] }],
    ['messages[1].content', { messages: [user('x'), user(7)] }],
    ['model', { model: undefined }],
    ['n', { n: 2 }],
    ['tool_choice', { tool_choice: 'required' }],
    ['tool_choice', { tool_choice: { type: 'function', function: { name: 'f' } } }],
    ['function_call', { function_call: { name: 'f' } }],
    ['response_format.type', { response_format: { type: 'json_object' } }],
    ['modalities[1]', { modalities: ['text', 'audio'] }],
    ['audio', { audio: { voice: 'alloy' } }],
    ['logprobs', { logprobs: true }],
    ['stream', { stream: 'yes' }],
    ['metadata.a b', { metadata: { 'a b': 'c' } }],
    ['maxCostUsd', { maxCostUsd: 0 }],
  ])('rejects a request and names %s', async (param, body) => {
    const { status, headers, json } = await postChat(service, { messages: [user('hi')], ...body });
    expect(json).toEqual({
      error: {
        message: expect.stringMatching(/\S/),
        type: 'invalid_request_error',
        param,
        code: 'invalid-parameter',
      },
    });
    expect([status, headers.get('x-should-retry')]).toEqual([400, 'false']);
  });

  test.each([
    ['messages', 'blank-query', 422, { messages: [user(' ')] }],
    ['messages', 'conversation-too-long', 422, { messages: [user('x'.repeat(8_001))] }],
    ['model', 'unknown-model', 404, { model: 'gpt-5' }],
  ])('has the problem type as code: %s is %s', async (param, code, status, body) => {
    const answer = await postChat(service, { messages: [user('hi')], ...body });
    expect({ status: answer.status, ...answer.json.error }).toMatchObject({ status, param, code });
  });
});

describe('POST /v1/responses', () => {
  test.each([
    ['input', { input: undefined }],
    ['input', { input: [] }],
    ['input', { input: [assistant('hi')] }],
    ['input', { input: [user([{ type: 'input_image', image_url: 'x' }])] }],
    ['tool_choice', { tool_choice: 'required' }],
    ['text.format.type', { text: { format: { type: 'json_schema', name: 'x', schema: {} } } }],
    ['conversation', { conversation: 'conv_1' }],
    ['prompt', { prompt: { id: 'p' } }],
    ['previous_response_id', { previous_response_id: 'resp_1' }],
  ])('rejects a request and names %s', async (param, body) => {
    const { status, json } = await postResponse(service, { input: 'hi', ...body });
    expect([status, json.error.param]).toEqual([400, param]);
  });
});

test('errors have the form of OpenAI for any path, method and body', async () => {
  expect((await service.get('/v1/embeddings')).json.error).toMatchObject({
    type: 'not_found_error',
    code: 'unknown-path',
  });
  const wrong = await service.get('/v1/chat/completions');
  expect([wrong.status, wrong.headers.get('Allow'), wrong.json.error.code]).toEqual([
    405,
    'POST',
    'method-not-allowed',
  ]);
  const codes = await Promise.all(
    ['{', '[]', '""'].map(async (body) => {
      const { status, json } = await send(service, 'POST', '/v1/chat/completions', body, JSON_TYPE);
      return [status, json.error.code];
    }),
  );
  expect(codes).toEqual([
    [400, 'malformed-json'],
    [400, 'invalid-parameter'],
    [400, 'invalid-parameter'],
  ]);
  const values = { messages: [user('x')], tools: Array(20_001).fill(1) };
  expect((await postChat(service, values)).json.error.code).toBe('body-too-large');
  expect((await service.get('/v1/models/gpt-5')).json.error).toMatchObject({
    param: 'model',
    code: 'unknown-model',
  });
});
