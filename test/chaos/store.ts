import { durable, openRedis, type Redis } from './redis.ts';
import { until } from './until.ts';

/** The Redis of a site, with whatever keeps it up. */
export interface Store extends AsyncDisposable {
  /** For REDIS_URL. */
  readonly url: string;
  readonly fsync: 'always' | 'everysec';
  /** The server that is written to now. */
  master(): Promise<Redis>;
}

interface StoreOptions {
  readonly dir: string;
  readonly fsync: 'always' | 'everysec';
  /** A replica and three sentinels that put it in the place of a master that is silent for a second. */
  readonly sentinel: boolean;
}

/** What the sentinels call the master. */
const MASTER = 'main';

export async function openStore(options: StoreOptions): Promise<Store> {
  await using stack = new AsyncDisposableStack();
  const { dir, fsync, sentinel } = options;
  const redis = stack.use(await openRedis({ name: 'redis', dir, config: durable(fsync) }));
  await redis.unit.start();
  const kept = sentinel
    ? await withSentinels(stack, redis, options)
    : { url: `redis://127.0.0.1:${redis.port}`, master: async () => redis };
  const held = stack.move();
  return { ...kept, fsync, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function withSentinels(stack: AsyncDisposableStack, first: Redis, { dir, fsync }: StoreOptions) {
  const config = [...durable(fsync), `replicaof 127.0.0.1 ${first.port}`];
  const replica = stack.use(await openRedis({ name: 'redis-replica', dir, config }));
  await replica.unit.start();
  await until('the replica is in step', async () =>
    (await replica.say('INFO', 'replication')).includes('master_link_status:up'),
  );
  const watch = [
    `sentinel monitor ${MASTER} 127.0.0.1 ${first.port} 2`,
    `sentinel down-after-milliseconds ${MASTER} 1000`,
    `sentinel failover-timeout ${MASTER} 5000`,
  ];
  const sentinels: Redis[] = [];
  for (const name of ['sentinel-1', 'sentinel-2', 'sentinel-3']) {
    const one = stack.use(await openRedis({ name, dir, config: watch, sentinel: true }));
    await one.unit.start();
    sentinels.push(one);
  }
  await until('the sentinels know the replica and each other', async () => {
    const views = await Promise.all(sentinels.map((one) => one.say('SENTINEL', 'master', MASTER)));
    return views.every((view) => /num-slaves\n1\n/.test(view) && /num-other-sentinels\n2\n/.test(view));
  });
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER}`,
    async master() {
      const told = (await sentinels[0]?.say('SENTINEL', 'get-master-addr-by-name', MASTER)) ?? '';
      const port = Number(told.split('\n')[1]);
      return port === replica.port ? replica : first;
    },
  };
}
