import type { Programs } from '@codegen/testing/network/programs';
import { type Server, type ServerOptions, startServer, startServers } from '@codegen/testing/network/server';
import { HANG_MS } from '@codegen/testing/timeouts';
import { vi } from 'vitest';

export interface SentinelSet extends AsyncDisposable {
  /** `host:port,host:port,…` of the sentinels. */
  readonly addresses: string;
  readonly master: Server;
  readonly replica: Server;
  /** Port of the master according to the sentinels. */
  masterPort(): Promise<number>;
}

/** Name of the master. */
export const MASTER = 'main';

export interface SentinelSetOptions {
  readonly tls?: ServerOptions['tls'];
  readonly passwords?: { readonly data: string; readonly sentinels: string };
}

/** Starts a master, a replica and three sentinels with a quorum of two and a timeout of one second. */
export async function startSentinelSet(
  programs: Programs,
  { tls, passwords }: SentinelSetOptions = {},
): Promise<SentinelSet> {
  await using stack = new AsyncDisposableStack();
  const start = async (options: ServerOptions) => {
    const config = [...(options.config ?? []), ...(tls ? ['tls-replication yes'] : [])];
    return startServer(programs, { ...options, config, ...(tls && { tls }) });
  };
  const data = passwords && {
    config: [`requirepass ${passwords.data}`, `masterauth ${passwords.data}`],
    client: ['-a', passwords.data],
  };
  const watch = passwords && {
    config: [
      `requirepass ${passwords.sentinels}`,
      `sentinel sentinel-pass ${passwords.sentinels}`,
      `sentinel auth-pass ${MASTER} ${passwords.data}`,
    ],
    client: ['-a', passwords.sentinels],
  };

  const master = stack.use(await start({ ...data }));
  const config = [`replicaof 127.0.0.1 ${master.port}`, ...(data?.config ?? [])];
  const replica = stack.use(await start({ ...data, config }));
  await until(async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'));
  const monitor = [
    `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 2`,
    `sentinel down-after-milliseconds ${MASTER} 1000`,
    `sentinel failover-timeout ${MASTER} 5000`,
  ];
  const starts = Array.from({ length: 3 }, () =>
    start({ ...watch, sentinel: true, config: [...monitor, ...(watch?.config ?? [])] }),
  );
  const sentinels = await startServers(stack, starts);
  // Sentinels can promote the replica only if they know it and each other.
  await until(async () => {
    const views = await Promise.all(sentinels.map((one) => one.command('SENTINEL', 'master', MASTER)));
    return views.every((view) => /num-slaves\n1\n/.test(view) && /num-other-sentinels\n2\n/.test(view));
  });
  const running = stack.move();
  return {
    addresses: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
    master,
    replica,
    async masterPort() {
      const address = (await sentinels[0]?.command('SENTINEL', 'get-master-addr-by-name', MASTER)) ?? '';
      return Number(address.split('\n')[1]);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const until = (condition: () => Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: HANG_MS, interval: 50 });
