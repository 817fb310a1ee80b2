import { type Service, startService, until } from '@codegen/testing/api/service';
import { reply, writes } from '@codegen/testing/models/replies';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CODE = '```python\nprint("answer")\n```';
const ask = (content: string) => [{ role: 'user' as const, content }];

let service: Service;
let client: OpenAI;
/** Answers wait for it if the request says so. */
let release: () => void;
beforeAll(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  release = resolve;
  service = await startService({
    replies: {
      classify: reply('simple'),
      answer: async (call, moments) => {
        if (call.prompt.user.includes('wait')) await promise;
        return writes(call, moments);
      },
    },
  });
  client = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'none' });
});
afterAll(() => service[Symbol.asyncDispose]());

describe('the OpenAI SDK', () => {
  test('lists and reads models', async () => {
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids).toEqual(['codegen', 'codegen-fast', 'codegen-deep']);
    expect(await client.models.retrieve('codegen-fast')).toMatchObject({
      id: 'codegen-fast',
      object: 'model',
    });
  });

  test('gets a chat completion', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: 'codegen', messages: ask('plain') })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe(CODE);
    expect(data.usage?.total_tokens).toBe(30);
    expect(data.id).toBe(`chatcmpl-${response.headers.get('X-Job-Id')}`);
  });

  test('streams a chat completion', async () => {
    const stream = client.chat.completions.stream({
      model: 'codegen-deep',
      messages: ask('streamed'),
      stream_options: { include_usage: true },
    });
    const { choices, usage } = await stream.finalChatCompletion();
    expect(choices[0]?.message.content).toBe('```python\nprint("polish")\n```');
    expect(choices[0]?.finish_reason).toBe('stop');
    expect(usage).toMatchObject({ total_tokens: 105, cost: 0.07 });
  });

  test('repeats a request that timed out, and joins its job', async () => {
    const impatient = client.withOptions({ timeout: 500, maxRetries: 2 });
    const error = await impatient.chat.completions
      .create({ model: 'codegen-fast', messages: ask('wait for the retry') })
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    const calls = () => service.models.calls.filter(({ prompt }) => prompt.user.includes('the retry'));
    const running = async () => (await service.get('/jobs?status=running')).json.jobs;
    await expect.poll(running).toHaveLength(1);
    expect(calls()).toHaveLength(1);
  });

  test('aborts a stream; the job continues', async () => {
    const stream = await client.chat.completions.create({
      model: 'codegen-fast',
      messages: ask('wait for the abort'),
      stream: true,
    });
    for await (const chunk of stream) {
      expect(chunk.choices[0]?.delta.role).toBe('assistant');
      break;
    }
    release();
    const find = async () =>
      (await service.get('/jobs')).json.jobs.find(
        ({ query }: { query: string }) => query === 'wait for the abort',
      );
    await until(async () => (await find())?.status === 'completed');
  });

  test('gets errors of its own classes with our problem type, and does not repeat the request', async () => {
    const failing = client.chat.completions.create({ model: 'gpt', messages: ask('x') });
    await expect(failing).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(failing).rejects.toMatchObject({
      code: 'unknown-model',
      param: 'model',
      type: 'not_found_error',
    });
    const several = client.chat.completions.create({ model: 'codegen', messages: ask('x'), n: 2 });
    await expect(several).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });

  test('gets, streams, reads, resumes, cancels and deletes a response', async () => {
    const response = await client.responses.create({ model: 'codegen', input: 'respond' });
    expect(response.output_text).toBe(CODE);
    const stream = client.responses.stream({ model: 'codegen', input: 'respond in a stream' });
    expect((await stream.finalResponse()).output_text).toBe(CODE);

    const { id } = await client.responses.create({
      model: 'codegen',
      input: 'in the background',
      background: true,
    });
    const numbers: number[] = [];
    for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: 2 }))
      numbers.push(event.sequence_number);
    expect(numbers[0]).toBe(3);
    expect((await client.responses.retrieve(id)).output_text).toBe(CODE);
    expect((await client.responses.cancel(id)).status).toBe('completed');
    await client.responses.delete(id);
    await expect(client.responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });
});
