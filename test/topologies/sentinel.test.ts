import { onEveryMake } from '@codegen/testing/network/programs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carriesRuns, servesWorkers } from './operation.ts';
import { survives } from './outage.ts';
import { MASTER, type SentinelSet, startSentinelSet } from './sentinels.ts';

onEveryMake('a master, its replica and three sentinels', (programs) => {
  let set: SentinelSet;
  let next: Promise<SentinelSet>;
  const urlOf = ({ addresses }: SentinelSet) => `redis+sentinel://${addresses}/${MASTER}`;
  beforeAll(async () => {
    next = startSentinelSet(programs);
    set = await startSentinelSet(programs);
  });
  afterAll(async () => {
    await set?.[Symbol.asyncDispose]();
    await (await next)[Symbol.asyncDispose]();
  });

  carriesRuns(() => urlOf(set));
  servesWorkers(() => urlOf(set));

  test('runs go on when the master is killed', async () => {
    await survives(urlOf(set), async () => set.master.signal('SIGKILL'));
    expect(await set.masterPort()).toBe(set.replica.port);
  });

  test('runs go on when the master falls silent', async () => {
    const other = await next;
    await survives(urlOf(other), async () => other.master.signal('SIGSTOP'));
    expect(await other.masterPort()).toBe(other.replica.port);
  });
});
