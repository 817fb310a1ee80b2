import { expect, it } from 'vitest';
import { CallLog } from '../src/call-log.ts';
import { type CallRecord, startSimulator } from '../src/index.ts';
import { ask } from './ask.ts';

it('forgets the oldest calls', async () => {
  await using simulator = await startSimulator({ keepCalls: 2 });
  for (const request of ['one', 'two', 'three']) await ask(simulator, { request });
  expect(simulator.calls().map(({ request }) => request)).toEqual(['two', 'three']);
  simulator.clearCalls();
  expect(simulator.calls()).toEqual([]);
});

it('forgets calls whose texts are too much together', () => {
  const log = new CallLog();
  const [first, second] = [{ id: '1' } as CallRecord, { id: '2' } as CallRecord];
  log.add(first, 2 ** 24);
  log.add(second, 2 ** 24);
  expect(log.all()).toEqual([first, second]);
  log.add({ id: '3' } as CallRecord, 1);
  expect(log.all().map(({ id }) => id)).toEqual(['2', '3']);
});

it('keeps what a test may want to know', async () => {
  await using simulator = await startSimulator();
  const response = await ask(simulator, { request: 'zebra', stage: 'clarify', key: 'sk-1', stream: true });
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
