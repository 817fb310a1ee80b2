import { describeWithServers } from '@codegen/testing/network/programs';
import { afterAll, beforeAll, test } from 'vitest';
import { describeConformance, describeWorkers, expectRecovery } from './behaviour.ts';
import { type Cluster, startCluster } from './cluster.ts';

describeWithServers('a cluster of three masters and their replicas', (programs) => {
  let cluster: Cluster;
  const url = () => `redis+cluster://${cluster.addresses}`;
  beforeAll(async () => {
    cluster = await startCluster(programs, { replicas: 1 });
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  describeConformance(url);
  describeWorkers(url);

  test('runs complete when their master is killed', async () => {
    await expectRecovery(url(), async (key) => (await cluster.masterOf(key)).signal('SIGKILL'));
  });
});
