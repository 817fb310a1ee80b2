import { expect, it } from 'vitest';
import { startSimulator } from '../src/index.ts';
import { complete } from './client.ts';

const origin = ({ port }: { port: number }) => `http://127.0.0.1:${port}/_simulator`;
const post = (url: string, body: unknown) => fetch(url, { method: 'POST', body: JSON.stringify(body) });

it.each([
  [{ fault: { kind: 'flood' } }, '/0/fault/kind'],
  [{ fault: { kind: 'status', status: 200 } }, '/0/fault/status'],
  [{ fault: { kind: 'cut', after: 3 } }, '/0/fault'],
  [{ fault: { kind: 'cut' }, match: { stage: 'cook' } }, '/0/match/stage'],
  [[{ fault: { kind: 'cut' } }, { fault: { kind: 'cut' }, times: 0 }], '/1/times'],
  ['cut', '/0'],
])('returns 422 for %j and adds no rule', async (body, pointer) => {
  await using simulator = await startSimulator();
  const response = await post(`${origin(simulator)}/faults`, body);
  expect(response.status).toBe(422);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({
    title: 'Not a fault rule',
    status: 422,
    errors: [{ pointer, message: expect.any(String) }],
  });
  expect((await complete(simulator)).status).toBe(200);
});

it('adds one rule or a list of rules, and clears them', async () => {
  await using simulator = await startSimulator();
  const faults = `${origin(simulator)}/faults`;
  expect((await post(faults, { fault: { kind: 'rate-limit' }, times: 1 })).status).toBe(201);
  const list = [{ fault: { kind: 'no-credit' }, times: 1 }, { fault: { kind: 'bad-key' } }];
  expect(await (await post(faults, list)).json()).toEqual({ added: 2 });
  const seen = [await complete(simulator), await complete(simulator), await complete(simulator)];
  expect(seen.map(({ status }) => status)).toEqual([429, 402, 401]);
  expect((await fetch(faults, { method: 'DELETE' })).status).toBe(204);
  expect((await complete(simulator)).status).toBe(200);
});

it('lists calls without API keys, summarises and clears them', async () => {
  await using simulator = await startSimulator();
  const calls = `${origin(simulator)}/calls`;
  await complete(simulator, { stage: 'classify', model: 'a', key: 'sk-secret' });
  await complete(simulator, { stage: 'polish', model: 'a' });
  const text = await (await fetch(calls)).text();
  expect(text).not.toContain('sk-secret');
  expect(JSON.parse(text)).toMatchObject([{ stage: 'classify', status: 'answered' }, { stage: 'polish' }]);
  expect(await (await fetch(`${calls}?summary=1`)).json()).toEqual({
    total: 2,
    stage: { classify: 1, polish: 1 },
    model: { a: 2 },
    status: { answered: 2 },
  });
  expect((await fetch(calls, { method: 'DELETE' })).status).toBe(204);
  expect(await (await fetch(calls)).json()).toEqual([]);
});
