import { describe, expect, it } from 'vitest';
import { type FaultRule, startSimulator } from '../src/index.ts';
import { type Completion, type CompletionOptions, complete } from './client.ts';

const fault = { kind: 'status', status: 503 } as const;

async function statuses(rule: FaultRule, requests: CompletionOptions[]): Promise<number[]> {
  await using simulator = await startSimulator();
  simulator.faults.add(rule);
  const seen: number[] = [];
  for (const options of requests) seen.push((await complete(simulator, options)).status);
  return seen;
}

describe('a fault rule', () => {
  it.each<[string, FaultRule, number[]]>([
    ['to every call', { fault }, [503, 503, 503]],
    ['to the first calls', { fault, times: 2 }, [503, 503, 200]],
    ['to no skipped call', { fault, skip: 1 }, [200, 503, 503]],
    ['to some calls after the skipped ones', { fault, skip: 1, times: 1 }, [200, 503, 200]],
  ])('applies %s', async (_, rule, expected) => {
    expect(await statuses(rule, [{}, {}, {}])).toEqual(expected);
  });

  it.each<[string, FaultRule['match'], CompletionOptions, CompletionOptions]>([
    ['model', { model: 'a/b' }, { model: 'a/b' }, { model: 'a/bc' }],
    ['stage', { stage: 'generate.direct' }, { stage: 'generate.direct' }, { stage: 'generate.interpreted' }],
    ['text', { contains: 'zebra' }, { request: 'paint a zebra' }, { request: 'paint a horse' }],
    ['all fields', { model: 'a/b', stage: 'polish' }, { model: 'a/b', stage: 'polish' }, { model: 'a/b' }],
  ])('matches by %s', async (_, match = {}, hit, missed) => {
    expect(await statuses({ match, fault }, [hit, missed, hit])).toEqual([503, 200, 503]);
  });

  it('applies the first rule until it is used up, then the next', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault, times: 1 });
    simulator.faults.add({ fault: { kind: 'no-credit' }, times: 1 });
    const seen = [await complete(simulator), await complete(simulator), await complete(simulator)];
    expect(seen.map(({ status }) => status)).toEqual([503, 402, 200]);
  });

  it('does not apply after clear', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault });
    simulator.faults.clear();
    expect((await complete(simulator)).status).toBe(200);
  });

  it('is rejected if it is invalid', async () => {
    await using simulator = await startSimulator();
    expect(() => simulator.faults.add({ fault: { kind: 'flood' } } as unknown as FaultRule)).toThrow('kind');
  });
});

describe('a request with several models', () => {
  it('stops at the first model for a fault of the account', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ match: { model: 'first' }, fault: { kind: 'no-credit' } });
    expect((await complete(simulator, { model: 'first', models: ['first', 'second'] })).status).toBe(402);
  });

  it('fails if every model fails', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'rate-limit' } });
    expect((await complete(simulator, { model: 'first', models: ['second'] })).status).toBe(429);
  });

  it('is answered by the next model', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ match: { model: 'first' }, fault: { kind: 'rate-limit' } });
    const { model } = (await (
      await complete(simulator, { model: 'first', models: ['second'] })
    ).json()) as Completion;
    expect(model).toBe('simulated/second');
    expect(simulator.calls()).toMatchObject([
      { model: 'first', models: ['first', 'second'], servedModel: 'second', status: 'answered' },
    ]);
  });
});
