import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** A TCP proxy that cuts its n-th connection after the n-th number of bytes from the server. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  /** Number of connections so far. */
  connections(): number;
}

/** Connections beyond the last limit are not cut. */
export async function startCuttingProxy(target: string, limits: readonly number[]): Promise<CuttingProxy> {
  const { hostname: host, port } = new URL(target);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((near) => {
    const far = createConnection({ host, port: Number(port) });
    let left = limits[connections] ?? Number.POSITIVE_INFINITY;
    connections += 1;
    const end = () => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        // `end` flushes what was written before the other side closed.
        near.end();
        far.end();
      });
    }
    near.pipe(far);
    far.on('data', (bytes: Buffer) => {
      near.write(bytes.subarray(0, Math.max(0, left)), () => left <= 0 && end());
      left -= bytes.length;
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
