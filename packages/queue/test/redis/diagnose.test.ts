import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { diagnoseRedis } from '../../src/redis/diagnose.ts';

/** A server that is no Redis. @returns its port */
async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const http = (socket: Socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));

test('names a server that is no Redis', async () => {
  const port = await serve(http);
  await expect(diagnoseRedis(`redis://127.0.0.1:${port}`, 5_000)).rejects.toThrow('it is no Redis');
});

test('names a Redis address with TLS of a server without it', async () => {
  const port = await serve(http);
  await expect(diagnoseRedis(`rediss://127.0.0.1:${port}`, 5_000)).rejects.toThrow(
    'redis:// instead of rediss://',
  );
});
