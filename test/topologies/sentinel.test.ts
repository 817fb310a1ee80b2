import { describeWithServers } from '@codegen/testing/network/programs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeConformance, describeWorkers, expectRecovery } from './behaviour.ts';
import { MASTER, type SentinelSet, startSentinelSet } from './sentinels.ts';

describeWithServers('a master, its replica and three sentinels', (programs) => {
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

  describeConformance(() => urlOf(set));
  describeWorkers(() => urlOf(set));

  test('runs complete when the master is killed', async () => {
    await expectRecovery(urlOf(set), async () => set.master.signal('SIGKILL'));
    expect(await set.masterPort()).toBe(set.replica.port);
  });

  test('runs complete when the master hangs', async () => {
    const other = await next;
    await expectRecovery(urlOf(other), async () => other.master.signal('SIGSTOP'));
    expect(await other.masterPort()).toBe(other.replica.port);
  });
});
