import { onEveryMake } from '@codegen/testing/network/programs';
import { afterAll, beforeAll, test } from 'vitest';
import { type Cluster, startCluster } from './cluster.ts';
import { carriesRuns, servesWorkers } from './operation.ts';
import { survives } from './outage.ts';

onEveryMake('a cluster of three masters and their replicas', (programs) => {
  let cluster: Cluster;
  const url = () => `redis+cluster://${cluster.addresses}`;
  beforeAll(async () => {
    cluster = await startCluster(programs, { replicas: 1 });
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  carriesRuns(url);
  servesWorkers(url);

  test('runs go on when the node that has them is killed', async () => {
    await survives(url(), async (key) => (await cluster.masterOf(key)).signal('SIGKILL'));
  });
});
