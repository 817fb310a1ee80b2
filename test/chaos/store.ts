import { durable, openRedis, type Redis } from './redis.ts';

/** The Redis of a site, with whatever keeps it up. */
export interface Store extends AsyncDisposable {
  /** For REDIS_URL. */
  readonly url: string;
  readonly fsync: 'always' | 'everysec';
  /** All servers that hold data; the first is the master at the beginning. */
  readonly servers: readonly Redis[];
  /** The one that is written to now. */
  master(): Promise<Redis>;
}

interface StoreOptions {
  readonly dir: string;
  readonly fsync: 'always' | 'everysec';
  readonly sentinel: boolean;
}

export async function openStore({ dir, fsync }: StoreOptions): Promise<Store> {
  const redis = await openRedis({ name: 'redis', dir, config: durable(fsync) });
  await redis.unit.start();
  return {
    url: `redis://127.0.0.1:${redis.port}`,
    fsync,
    servers: [redis],
    master: async () => redis,
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  };
}
