import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** A line to a server that breaks off after so many bytes of what the server says: a number for each connection. */
export interface CuttingLine extends AsyncDisposable {
  readonly url: string;
  /** How many connections there were. */
  connections(): number;
}

/** The connections after the last number are whole. */
export async function startCuttingLine(target: string, limits: readonly number[]): Promise<CuttingLine> {
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
        // What was written before the other side ended still arrives.
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
