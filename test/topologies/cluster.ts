import { freePort } from '@codegen/testing/network/free-port';
import type { Programs } from '@codegen/testing/network/programs';
import { type Server, type ServerOptions, startServer, startServers } from '@codegen/testing/network/server';
import { HANG_MS } from '@codegen/testing/timeouts';
import { vi } from 'vitest';

export interface Cluster extends AsyncDisposable {
  /** `host:port,host:port,…` of the masters. */
  readonly addresses: string;
  readonly servers: readonly Server[];
  /** The master with the slot of a key. */
  masterOf(key: string): Promise<Server>;
}

export interface ClusterOptions {
  /** Replicas per master; default 0. */
  readonly replicas?: number;
  readonly tls?: ServerOptions['tls'];
  readonly password?: string;
}

/** Starts a cluster of three masters. */
export async function startCluster(
  programs: Programs,
  { replicas = 0, tls, password }: ClusterOptions = {},
): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const starts = Array.from({ length: 3 * (1 + replicas) }, async () => {
    const config = [
      'cluster-enabled yes',
      // The default, the port plus 10,000, may be out of range.
      `cluster-port ${await freePort()}`,
      'cluster-node-timeout 1000',
      // Allows the promotion of a replica that has just joined.
      'cluster-replica-validity-factor 0',
      ...(tls ? ['tls-cluster yes', 'tls-replication yes'] : []),
      ...(password ? [`requirepass ${password}`, `masterauth ${password}`] : []),
    ];
    const client = password ? ['-a', password] : [];
    return startServer(programs, { config, client, ...(tls && { tls }) });
  });
  const servers = await startServers(stack, starts);
  const nodes = servers.map(({ port }) => `127.0.0.1:${port}`);
  const [first] = servers;
  await first?.command(
    '--cluster',
    'create',
    ...nodes,
    '--cluster-replicas',
    String(replicas),
    '--cluster-yes',
  );
  await vi.waitUntil(
    async () => {
      const views = await Promise.all(servers.map((server) => server.command('CLUSTER', 'INFO')));
      return views.every((view) => view.includes('cluster_state:ok'));
    },
    { timeout: HANG_MS, interval: 50 },
  );
  const resources = stack.move();
  return {
    addresses: nodes.slice(0, 3).join(','),
    servers,
    async masterOf(key) {
      const slot = Number(await first?.command('CLUSTER', 'KEYSLOT', key));
      const nodes = (await first?.command('CLUSTER', 'NODES')) ?? '';
      const master = nodes.split('\n').find((line) => ownsSlot(line, slot));
      const server = servers.find(({ port }) => master?.includes(`:${port}@`));
      if (server === undefined) throw new Error(`no master has slot ${slot}:\n${nodes}`);
      return server;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const ownsSlot = (line: string, slot: number) =>
  [...line.matchAll(/ (\d+)-(\d+)/g)].some(
    ([, first, last]) => Number(first) <= slot && slot <= Number(last),
  );
