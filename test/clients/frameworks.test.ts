import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type Service, startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, streamText } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CODE = '```python\nprint("answer")\n```';

let service: Service;
let baseURL: string;
beforeAll(async () => {
  service = await startService({ replies: { classify: reply('simple') } });
  baseURL = `${service.url}/v1`;
});
afterAll(() => service[Symbol.asyncDispose]());

describe('the Vercel AI SDK', () => {
  const models = () => ({
    chat: createOpenAICompatible({ name: 'codegen', baseURL, includeUsage: true })('codegen'),
    responses: createOpenAI({ baseURL, apiKey: 'none' }).responses('codegen'),
  });

  test.each(['chat', 'responses'] as const)('generates text over %s', async (api) => {
    const { text, usage } = await generateText({ model: models()[api], prompt: `generate over ${api}` });
    expect(text).toBe(CODE);
    expect(usage.totalTokens).toBe(30);
  });

  test.each(['chat', 'responses'] as const)(
    'streams text with the progress as reasoning over %s',
    async (api) => {
      const result = streamText({ model: models()[api], prompt: `stream over ${api}` });
      expect(await result.text).toBe(CODE);
      expect(await result.reasoningText).toMatch(/^classify: classifier-1\n/);
      expect((await result.usage).totalTokens).toBe(30);
    },
  );
});

describe('ChatOpenAI of LangChain', () => {
  const model = (useResponsesApi: boolean) =>
    new ChatOpenAI({ model: 'codegen', apiKey: 'none', useResponsesApi, configuration: { baseURL } });

  test.each([false, true])('is invoked (Responses API: %s)', async (useResponsesApi) => {
    const message = await model(useResponsesApi).invoke(`invoke ${useResponsesApi}`);
    expect(message.text).toBe(CODE);
    expect(message.usage_metadata).toMatchObject({ total_tokens: 30 });
  });

  test.each([false, true])('streams (Responses API: %s)', async (useResponsesApi) => {
    let text = '';
    for await (const chunk of await model(useResponsesApi).stream(`stream ${useResponsesApi}`))
      text += chunk.text;
    expect(text).toBe(CODE);
  });
});
