import { findRedisServer } from '@codegen/cli/redis';
import { type Server, startServer } from '@codegen/testing/network/server';

/** A Redis as it is to be run in production, for one measurement alone. */
export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly server: Server;
  /** A field of INFO. */
  info(section: string, field: string): Promise<number>;
  /** Connections, without the one that asks. */
  connections(): Promise<number>;
}

export async function openSite(): Promise<Site> {
  const server = await startServer(
    { server: (await findRedisServer(process.env.PATH ?? '')) ?? 'redis-server', cli: 'redis-cli' },
    { config: ['appendonly yes', 'appendfsync everysec', 'maxmemory-policy noeviction'] },
  );
  return {
    url: `redis://127.0.0.1:${server.port}`,
    server,
    async info(section, field) {
      const [, value] = new RegExp(`^${field}:(.*)$`, 'm').exec(await server.say('INFO', section)) ?? [];
      return Number(value);
    },
    connections: async () => (await server.say('CLIENT', 'LIST')).split('\n').length - 1,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
