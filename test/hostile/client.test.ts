import { CodegenError, createClient } from '@codegen/client';
import { createEventStreamParser } from '@codegen/client/testing';
import { all } from '@codegen/testing/api/collect';
import { answers, event, page, startScripted, streams } from '@codegen/testing/network/scripted-server';
import { expect, test } from 'vitest';
import { CORPUS, endless } from './corpus.ts';

const halves = CORPUS.filter(({ text }) => !text.isWellFormed());

test.each(halves.map(({ name, text }) => [name, text] as const))(
  'rejects text that a URL cannot contain with a CodegenError, without a request: %s',
  async (_, text) => {
    await using server = await startScripted(answers(200, {}));
    const client = createClient({ baseUrl: server.url });
    for (const call of [
      () => client.generate(text),
      () => client.job(text),
      () => client.cancel(text),
      () => client.accept(text),
      () => client.remove(text),
      () => client.wait(text),
      () => all(client.events(text)),
    ])
      await expect(call()).rejects.toBeInstanceOf(CodegenError);
    expect(server.requests).toEqual([]);
  },
);

test('sends any id as one segment of the path', async () => {
  await using server = await startScripted(answers(404, { type: '/problems/x', detail: 'x' }));
  const client = createClient({ baseUrl: server.url });
  for (const { text } of CORPUS.filter((one) => one.text.isWellFormed()))
    await expect(client.job(text)).rejects.toBeInstanceOf(CodegenError);
  for (const id of ['', '.', '..']) {
    for (const call of [client.job(id), client.remove(id), client.cancel(id), client.accept(id)])
      await expect(call).rejects.toThrow('not a job id');
  }
  for (const { path } of server.requests) expect(path).toMatch(/^\/jobs\/[^/?#]+$/);
});

test('an error has the message of a problem, and no problem if the response is none', async () => {
  for (const { text } of CORPUS) {
    const body = { type: '/problems/x', title: text, status: 400, detail: text };
    await using server = await startScripted(answers(400, body), page(400), answers(400, { detail: text }));
    const client = createClient({ baseUrl: server.url });
    const errors = [];
    for (const _ of [1, 2])
      errors.push(await client.estimate({ query: 'x' }).catch((error: unknown) => error));
    expect(errors[0]).toMatchObject({ message: `${body.title}. ${text}`, problem: body });
    expect(errors[1]).toMatchObject({ problem: null });
  }
});

test('parses a line of megabytes in chunks of any size', () => {
  const data = endless('data: x', 2 ** 20);
  const stream = `id: 1\ndata: ${data}\n\n`;
  for (const size of [1_000, 65_536, 2 ** 22]) {
    const parser = createEventStreamParser();
    const frames = [];
    for (let at = 0; at < stream.length; at += size) frames.push(...parser.push(stream.slice(at, at + size)));
    expect(frames).toEqual([{ type: 'message', data, lastId: '1' }]);
  }
});

test('an event of an unknown type does not end the stream', async () => {
  const finished = { id: 'x', status: 'failed', stages: [] };
  const finishedEvent = event(2, 'job.finished', { status: 'failed', job: finished });
  for (const { text } of CORPUS) {
    const unknown = `${event(1, text.replace(/[\r\n]/g, ' '), { text })}`;
    await using server = await startScripted(streams(unknown, finishedEvent));
    const events = await all(createClient({ baseUrl: server.url }).events('x'));
    expect(events.at(-1)).toMatchObject({ type: 'job.finished', sequence: 2 });
  }
});
