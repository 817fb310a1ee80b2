import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** A TCP proxy of a Redis that can be interrupted and restored. */
export interface CuttableProxy extends AsyncDisposable {
  readonly url: string;
  /** Closes all connections and refuses new ones, like a server that is down. */
  cut(): Promise<void>;
  /** Accepts connections and data without forwarding anything, like a server that hangs. */
  stall(): void;
  /** Forwards nothing on existing connections and leaves them open, like a network that lost them. New ones work. */
  loseConnections(): void;
  /** Ends a cut or a stall, and forwards the data that arrived meanwhile. */
  restore(): Promise<void>;
}

export async function startCuttableProxy(target: string): Promise<CuttableProxy> {
  const upstream = target.startsWith('unix://')
    ? { path: target.slice('unix://'.length) }
    : { host: new URL(target).hostname, port: Number(new URL(target).port) };
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  let stalled = false;

  const server = createServer((near) => {
    const far = createConnection(upstream);
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    near.pipe(far).pipe(near);
    if (stalled) pausePair(pair);
  });
  const pausePair = ({ near, far }: { near: Socket; far: Socket }) => {
    near.unpipe(far).pause();
    far.unpipe(near).pause();
  };
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);

  const proxy: CuttableProxy = {
    url: `redis://127.0.0.1:${port}`,
    async cut() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const { near } of pairs) near.destroy();
      await closed;
    },
    stall() {
      stalled = true;
      for (const pair of pairs) pausePair(pair);
    },
    loseConnections() {
      for (const pair of pairs) {
        pausePair(pair);
        pair.far.removeAllListeners('close').destroy();
      }
    },
    async restore() {
      stalled = false;
      for (const { near, far } of pairs) near.pipe(far).pipe(near);
      if (!server.listening) await listen(port);
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) await proxy.cut();
    },
  };
  return proxy;
}
