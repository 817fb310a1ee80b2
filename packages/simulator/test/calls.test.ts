import { expect, it } from 'vitest';
import { CallLog } from '../src/call-log.ts';
import { type CallRecord, startSimulator } from '../src/index.ts';
import { complete } from './client.ts';

it('drops the oldest calls above keepCalls', async () => {
  await using simulator = await startSimulator({ keepCalls: 2 });
  for (const request of ['one', 'two', 'three']) await complete(simulator, { request });
  expect(simulator.calls().map(({ request }) => request)).toEqual(['two', 'three']);
  simulator.clearCalls();
  expect(simulator.calls()).toEqual([]);
});

it('drops calls whose prompts exceed the size limit', () => {
  const log = new CallLog();
  const [first, second] = [{ id: '1' } as CallRecord, { id: '2' } as CallRecord];
  log.add(first, 2 ** 24);
  log.add(second, 2 ** 24);
  expect(log.all()).toEqual([first, second]);
  log.add({ id: '3' } as CallRecord, 1);
  expect(log.all().map(({ id }) => id)).toEqual(['2', '3']);
});

it('records the request, model, usage and status of a call', async () => {
  await using simulator = await startSimulator();
  const response = await complete(simulator, {
    request: 'zebra',
    stage: 'clarify',
    key: 'sk-1',
    stream: true,
  });
  await response.text();
  expect(simulator.calls()).toMatchObject([
    {
      id: response.headers.get('x-generation-id'),
      stage: 'clarify',
      model: 'maker/model',
      models: ['maker/model'],
      stream: true,
      status: 'answered',
      request: 'zebra',
      headers: { authorization: 'Bearer sk-1', 'x-openrouter-title': 'tests' },
      body: { stream: true, messages: [{ role: 'system' }, { role: 'user' }] },
      usage: { prompt_tokens: expect.any(Number) },
    },
  ]);
});

it('streams a line when a call starts and when it ends', async () => {
  await using simulator = await startSimulator();
  const left = new AbortController();
  const feed = await fetch(`http://127.0.0.1:${simulator.port}/_simulator/calls?follow=1`, {
    signal: left.signal,
  });
  await (await complete(simulator, { request: 'zebra', stage: 'clarify', key: 'sk-1' })).text();
  await (await complete(simulator, { request: 'okapi', stage: 'clarify', key: 'sk-2' })).text();
  let heard = '';
  for await (const chunk of feed.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    heard += chunk;
    if (heard.split('\n').length > 4) break;
  }
  left.abort();
  const lines = heard
    .split('\n')
    .slice(0, 4)
    .map((line) => JSON.parse(line));
  expect(lines.map(({ request, status }) => [request, status])).toEqual([
    ['zebra', 'open'],
    ['zebra', 'answered'],
    ['okapi', 'open'],
    ['okapi', 'answered'],
  ]);
  expect(lines[1]).toMatchObject({ id: lines[0].id, stage: 'clarify', endedAt: expect.any(Number) });
  expect(lines[0].caller).toBe(lines[1].caller);
  expect(lines[0].caller).not.toBe(lines[2].caller);
  expect(heard).not.toContain('sk-');
});
