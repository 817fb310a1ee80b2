import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ModelRequest, StageError } from '@codegen/pipeline';
import { QUIRKS, type Quirk, type Simulator, startSimulator } from '@codegen/simulator';
import { done, event, request, stop } from '@codegen/testing/network/chat-stream';
import { createModelClient, type ModelClient } from '@codegen/worker/model-client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CORPUS, endless, hostileText } from './corpus.ts';

const KEY = 'sk-or-v1-0123456789abcdef0123';
const OPTIONS = {
  apiKey: KEY,
  appName: 'Tests',
  httpReferer: null,
  timeoutMs: 50_000,
  maxAnswerBytes: 4 * 2 ** 20,
};
const never = new AbortController().signal;

let reply: (response: ServerResponse) => unknown = () => {};
let requestBody = '';
const server = createServer(async (incoming, response) => {
  requestBody = Buffer.concat(await incoming.toArray()).toString();
  response.setHeader('content-type', 'text/event-stream');
  await reply(response);
});
let client: ModelClient;
beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  client = createModelClient({ ...OPTIONS, baseUrl });
});
afterAll(async () => {
  await client.close();
  server.close().closeAllConnections();
});

/** The result of a call, and the pieces of text that `onText` received. */
async function callModel(serve: typeof reply, more: Partial<ModelRequest> = {}) {
  reply = serve;
  const received: string[] = [];
  const onText = (text: string) => void received.push(text);
  const outcome = await client
    .callModel({ ...request, ...more, onText }, never)
    .catch((error: unknown) => error);
  if (outcome instanceof StageError) return { failure: outcome.failure, usage: outcome.usage, received };
  if (outcome instanceof Error) throw outcome;
  return { answer: outcome as Awaited<ReturnType<ModelClient['callModel']>>, received };
}

/** A text as it arrives: well-formed, and without the key. */
const received = (text: string) => text.toWellFormed().replaceAll(KEY, '…');

const content = (text: string) => event({ choices: [{ delta: { content: text } }] });

/** Sends the stream in pieces of these sizes in bytes. Pieces may end within characters and line ends. */
const inPieces = (stream: string, sizes: readonly number[]) => async (response: ServerResponse) => {
  const bytes = Buffer.from(stream);
  let at = 0;
  for (const size of sizes) {
    response.write(bytes.subarray(at, at + size));
    at += size;
    await new Promise(setImmediate);
  }
  response.end(bytes.subarray(at));
};

test('receives any text unchanged and in order, except lone surrogates and the key', async () => {
  const pieces = fc.array(hostileText, { maxLength: 5 });
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(pieces, sizes, async (texts, cuts) => {
      const stream = `${texts.map(content).join('')}${content('.')}${stop}${done}`;
      const { answer, received: pieces } = await callModel(inPieces(stream, cuts));
      const text = received(`${texts.join('')}.`);
      expect(answer?.text).toBe(text);
      expect(pieces.join('')).toBe(text);
      expect(pieces.filter((piece) => !piece.isWellFormed())).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

describe('in a response with a quirk', () => {
  let simulator: Simulator;
  let quirkClient: ModelClient;
  beforeAll(async () => {
    simulator = await startSimulator();
    quirkClient = createModelClient({ ...OPTIONS, baseUrl: simulator.baseUrl });
    await quirkClient.callModel(request, never);
  });
  afterAll(async () => {
    await quirkClient.close();
    await simulator.close();
  });

  const sections = Object.groupBy(QUIRKS.values(), ({ means }) => (means === 'answer' ? 'whole' : 'failed'));
  const named = (quirks: readonly Quirk[] = []) => quirks.map((quirk) => [quirk.name, quirk] as const);
  async function callWithQuirk({ name }: Quirk, text: string) {
    simulator.faults.clear();
    simulator.faults.add({ fault: { kind: 'quirk', name, text } });
    return quirkClient.callModel(request, never);
  }
  const all = CORPUS.map(({ text }) => text).join('|');

  test.each(named(sections.whole))('%s, any text arrives unchanged, without the key', async (_, quirk) => {
    expect((await callWithQuirk(quirk, all)).text).toBe(received(all));
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        expect((await callWithQuirk(quirk, `${text}.`)).text).toBe(received(`${text}.`));
      }),
      { numRuns: 5 },
    );
  });

  test.each(named(sections.failed))('%s, no part of a text passes for an answer', async (_, quirk) => {
    const outcome = await callWithQuirk(quirk, all).catch((error: unknown) => error);
    expect(outcome instanceof StageError && outcome.failure.code).toBe(quirk.means);
  });
});

test('removes the key from texts that each chunk repeats from the start', async () => {
  const texts = [
    'print(1)',
    'print(1) # a secret',
    `print(1) # a secret ${KEY}`,
    `print(1) # a secret ${KEY} ends`,
  ];
  const { answer } = await callModel((response) => response.end(texts.map(content).join('') + stop + done));
  expect(answer?.text).toBe('print(1) # a secret … ends');
});

test('joins a surrogate pair that is split between chunks, and replaces a lone surrogate at the end', async () => {
  const stream = [...'\ud83d|\ude00|a\ud83d||\ude00b|\ud83d'.split('|').map(content), stop, done].join('');
  const { answer, received } = await callModel((response) => response.end(stream));
  expect(answer?.text).toBe('😀a😀b\ufffd');
  expect(received.join('')).toBe('😀a😀b\ufffd');
  expect(received.filter((piece) => !piece.isWellFormed())).toEqual([]);
});

test('shortens names from the server and removes invisible characters', async () => {
  for (const { text } of [...CORPUS, { text: endless('x\u001b[2J', 100_000) }]) {
    const chunk = { id: text, model: text, provider: text, choices: [{ delta: { content: 'x' } }] };
    const { answer } = await callModel((response) => response.end(event(chunk) + stop + done));
    for (const name of [answer?.servedModel, answer?.provider, answer?.generationId]) {
      expect(name?.length ?? 0).toBeLessThanOrEqual(200);
      expect(name ?? '').not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    }
  }
});

test.each([
  ['negative', { prompt_tokens: -1, completion_tokens: -5, cost: -100 }],
  ['impossible', { prompt_tokens: 1e308, completion_tokens: 1e10, cost: 1e308 }],
])('ignores %s usage', async (_, usage) => {
  const { answer } = await callModel((response) =>
    response.end(content('x') + event({ usage }) + stop + done),
  );
  expect(answer).toMatchObject({ promptTokens: null, completionTokens: null, cost: null });
});

test.each<[string, (text: string) => typeof reply]>([
  ['a JSON error response', (text) => refuses({ error: { message: text, code: text, type: text } })],
  ['an error response with a JSON string', (text) => refuses(text)],
  ['an error response that is not JSON', (text) => (response) => void response.writeHead(500).end(text)],
  ['an error in the stream', (text) => (response) => response.end(event({ error: { message: text } }))],
])('an error message of the server becomes one short line without the key: %s', async (_, serve) => {
  for (const { text } of CORPUS) {
    const { failure } = await callModel(serve(`${text} ${KEY} ${text}`));
    expect(failure?.message).toMatch(/\S/);
    expect(failure?.message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(failure?.message).not.toContain(KEY);
    expect(failure?.message.length).toBeLessThan(300);
  }
});

const refuses =
  (body: unknown): typeof reply =>
  (response) =>
    void response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(body));

test('deeply nested JSON is a failure of the call', async () => {
  const deep = '['.repeat(2 ** 17) + ']'.repeat(2 ** 17);
  for (const serve of [
    (response: ServerResponse) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end(`{"error":{"message":${deep}}}`),
    (response: ServerResponse) => response.end(`data: {"error":${deep}}\n\n`),
    (response: ServerResponse) => response.end(`data: {"choices":${deep}}\n\n`),
    (response: ServerResponse) => response.end(`data: {"choices":[{"delta":{"content":${deep}}}]}\n\n`),
  ]) {
    const { failure } = await callModel(serve);
    expect(failure?.code).toMatch(/^(?:request-rejected|upstream-error|internal|connection|empty-answer)$/);
  }
});

test('reads a line of 2 MiB in packets of any size, and rejects one of 9 MiB', async () => {
  const line = endless('x', 2 ** 21);
  const { answer } = await callModel(inPieces(content(line) + stop + done, Array(200).fill(1_400)));
  expect(answer?.text).toBe(line);
  const { failure } = await callModel((response) => response.end(`data: ${'y'.repeat(9 * 2 ** 20)}`));
  expect(failure?.code).toBe('truncated');
});

test('sends any prompt unchanged', async () => {
  for (const { text } of CORPUS) {
    await callModel((response) => response.end(content('x') + stop + done), {
      prompt: { system: text, user: text },
    });
    const { messages } = JSON.parse(requestBody) as { messages: { content: string }[] };
    expect(messages.map((message) => message.content)).toEqual([text, text]);
  }
});
