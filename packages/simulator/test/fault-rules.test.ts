import { describe, expect, it } from 'vitest';
import { type FaultRule, startSimulator } from '../src/index.ts';
import { ask, type Completion, type Question } from './ask.ts';

const fault = { kind: 'status', status: 503 } as const;

async function statuses(rule: FaultRule, questions: Question[]): Promise<number[]> {
  await using simulator = await startSimulator();
  simulator.faults.add(rule);
  const seen: number[] = [];
  for (const question of questions) seen.push((await ask(simulator, question)).status);
  return seen;
}

describe('which calls a rule hits', () => {
  it.each<[string, FaultRule, number[]]>([
    ['every one', { fault }, [503, 503, 503]],
    ['so many', { fault, times: 2 }, [503, 503, 200]],
    ['none of the first', { fault, skip: 1 }, [200, 503, 503]],
    ['so many after the first', { fault, skip: 1, times: 1 }, [200, 503, 200]],
  ])('%s', async (_, rule, expected) => {
    expect(await statuses(rule, [{}, {}, {}])).toEqual(expected);
  });

  it.each<[string, FaultRule['match'], Question, Question]>([
    ['model', { model: 'a/b' }, { model: 'a/b' }, { model: 'a/bc' }],
    ['stage', { stage: 'generate.direct' }, { stage: 'generate.direct' }, { stage: 'generate.interpreted' }],
    ['text', { contains: 'zebra' }, { request: 'paint a zebra' }, { request: 'paint a horse' }],
    ['all of them', { model: 'a/b', stage: 'polish' }, { model: 'a/b', stage: 'polish' }, { model: 'a/b' }],
  ])('by %s', async (_, match = {}, hit, missed) => {
    expect(await statuses({ match, fault }, [hit, missed, hit])).toEqual([503, 200, 503]);
  });

  it('the first rule wins until it is used up, then the next', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault, times: 1 });
    simulator.faults.add({ fault: { kind: 'no-credit' }, times: 1 });
    const seen = [await ask(simulator), await ask(simulator), await ask(simulator)];
    expect(seen.map(({ status }) => status)).toEqual([503, 402, 200]);
  });

  it('none once they are cleared', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault });
    simulator.faults.clear();
    expect((await ask(simulator)).status).toBe(200);
  });

  it('a rule that is none is refused', async () => {
    await using simulator = await startSimulator();
    expect(() => simulator.faults.add({ fault: { kind: 'flood' } } as unknown as FaultRule)).toThrow('kind');
  });
});

describe('several models', () => {
  it('a fault that is the whole account’s stops at the first', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ match: { model: 'first' }, fault: { kind: 'no-credit' } });
    expect((await ask(simulator, { model: 'first', models: ['first', 'second'] })).status).toBe(402);
  });

  it('all of them may fail', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'rate-limit' } });
    expect((await ask(simulator, { model: 'first', models: ['second'] })).status).toBe(429);
  });

  it('the next answers for one that cannot', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ match: { model: 'first' }, fault: { kind: 'rate-limit' } });
    const { model } = (await (
      await ask(simulator, { model: 'first', models: ['second'] })
    ).json()) as Completion;
    expect(model).toBe('simulated/second');
    expect(simulator.calls()).toMatchObject([
      { model: 'first', models: ['first', 'second'], servedModel: 'second', status: 'answered' },
    ]);
  });
});
