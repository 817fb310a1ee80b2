import type { ServerResponse } from 'node:http';
import { done, event, stop, text } from '@codegen/testing/network/chat-stream';
import { afterEach, expect, test, vi } from 'vitest';
import { isOpenRouter } from '../../src/model/openrouter.ts';
import { serve } from './stream-server.ts';

afterEach(() => vi.unstubAllEnvs());

test('sends a server other than OpenRouter no extensions and no unconfigured key', async () => {
  vi.stubEnv('OPENAI_API_KEY', 'sk-of-something-else');
  vi.stubEnv('OPENAI_ADMIN_KEY', 'sk-of-something-else');
  vi.stubEnv('OPENAI_ORG_ID', 'org-of-something-else');
  const { callModel, requests } = await serve((response) => response.end(text('Hi.') + stop + done));
  expect(await callModel()).toEqual({
    text: 'Hi.',
    servedModel: 'llama3:8b',
    provider: null,
    generationId: 'c-1',
    promptTokens: null,
    completionTokens: null,
    reasoningTokens: null,
    cachedTokens: null,
    cost: null,
    figures: null,
    simulated: false,
  });
  const { headers, body } = requests[0] ?? expect.fail();
  expect(Object.keys(body).toSorted()).toEqual(['messages', 'model', 'stream', 'stream_options']);
  const names = Object.keys(headers).join(' ');
  expect(names).not.toMatch(/authorization|referer|title|openai|openrouter/);
});

test('recognizes OpenRouter by its host', () => {
  const urls = ['https://openrouter.ai/api/v1', 'https://eu.openrouter.ai/api/v1'];
  expect(urls.map(isOpenRouter)).toEqual([true, true]);
  const others = ['https://notopenrouter.ai/v1', 'http://localhost/openrouter.ai', 'openrouter.ai'];
  expect(others.map(isOpenRouter)).toEqual([false, false, false]);
});

test('sends attribution headers in ASCII', async () => {
  const { callModel, requests } = await serve((response) => response.end(text('Hi.') + stop + done), {
    openRouter: true,
    appName: 'Génie\r\n 日本 ✨',
    httpReferer: 'https://example.com/ä b',
  });
  await callModel();
  expect(requests[0]?.headers).toMatchObject({
    'x-openrouter-title': 'Genie',
    'http-referer': 'https://example.com/%C3%A4%20b',
  });
});

test('reuses the connection when the response ends after [DONE]', async () => {
  const { callModel, connections } = await serve((response) => {
    response.write(text('Hi.') + stop + done);
    setTimeout(() => response.end(), 20);
  });
  const opened = async () => {
    const before = connections();
    await callModel();
    return connections() - before;
  };
  expect(await opened()).toBe(1);
  await expect.poll(opened).toBe(0);
});

test('returns at [DONE] and closes a connection whose response does not end', async () => {
  let closed = false;
  const { callModel } = await serve((response) => {
    response.on('close', () => {
      closed = true;
    });
    response.write(text('Hi.') + stop + done);
  });
  expect((await callModel()).text).toBe('Hi.');
  await expect.poll(() => closed).toBe(true);
});

test('parses events that are split anywhere, even within a character', async () => {
  const bytes = Buffer.from(`: hello\r\n\r\n${text('Grüße 😀')}${stop}${done}`.replaceAll('\n', '\r\n'));
  const { callModel } = await serve(async (response) => {
    for (const byte of bytes) {
      response.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    response.end();
  });
  expect((await callModel()).text).toBe('Grüße 😀');
});

test('returns the text without usage when the connection fails after the finish reason', async () => {
  const { callModel } = await serve((response) => {
    response.write(text('Hi.') + stop, () => response.destroy());
  });
  expect(await callModel()).toMatchObject({ text: 'Hi.', promptTokens: null });
});

test('counts usage once when it is sent repeatedly and after the finish reason', async () => {
  const usage = (tokens: number) =>
    event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: tokens, cost: tokens / 100 } });
  const { callModel } = await serve((response) =>
    response.end(text('Hi.') + usage(2) + stop + usage(4) + usage(4) + done),
  );
  expect(await callModel()).toMatchObject({ promptTokens: 7, completionTokens: 4, cost: 0.04 });
});

test('limits the text in bytes of UTF-8', async () => {
  const respond = (content: string) => (response: ServerResponse) =>
    response.end(text(content) + stop + done);
  const options = { maxAnswerBytes: 20 };
  const fits = await serve(respond('é'.repeat(10)), options);
  expect((await fits.callModel()).text).toBe('é'.repeat(10));
  const exceeds = await serve(respond(`${'é'.repeat(10)}.`), options);
  expect(await exceeds.failure()).toMatchObject({ intent: 'nextModel', code: 'truncated' });
});

const json = (body: unknown) => (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
};
const partial = { content: 'print(1' };

test.each<[string, (response: ServerResponse) => unknown, object]>([
  [
    'an error with a partial completion',
    json({ choices: [{ message: partial, finish_reason: 'error', error: { code: 503, message: 'busy' } }] }),
    { intent: 'retry', code: 'overloaded', message: expect.stringContaining('busy') },
  ],
  [
    'an error event without the end of the response',
    (response) =>
      response.write(`${text('print(1')}event: error\ndata: {"code":"timeout","message":"late"}\n\n`),
    { intent: 'retry', code: 'timeout' },
  ],
  [
    'an HTML page',
    (response) => response.setHeader('content-type', 'text/html').end('<html>Log in</html>'),
    { intent: 'failRun', code: 'wrong-base-url', message: expect.not.stringContaining('<') },
  ],
  [
    'an endless event',
    (response) => {
      const more = () => response.write(`data: ${'x'.repeat(65_536)}`, (error) => error || more());
      more();
    },
    { intent: 'nextModel', code: 'truncated' },
  ],
  [
    'text over the limit in one event',
    (response) => response.end(text('x'.repeat(600_000)) + stop + done),
    { intent: 'nextModel', code: 'truncated' },
  ],
])('fails on %s', async (_, reply, expected) => {
  const { failure, requests } = await serve(reply, { maxAnswerBytes: 500_000 });
  expect(await failure()).toMatchObject(expected);
  expect(requests).toHaveLength(1);
});
