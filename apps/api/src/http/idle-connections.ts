import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes the oldest idle connection of a peer that has more than `max` of them, so that one peer cannot take up all
 * connections without sending requests. A connection is idle while no request is in progress. A proxy is one peer: it opens
 * a new connection when it needs one.
 */
export function limitIdleConnections(server: Server, max: number): void {
  const idle = new Map<string, Set<Socket>>();

  function add(socket: Socket) {
    const peer = socket.remoteAddress;
    if (peer === undefined || socket.destroyed) return;
    const sockets = idle.get(peer) ?? new Set();
    idle.set(peer, sockets.add(socket));
    if (sockets.size <= max) return;
    const [oldest] = sockets;
    sockets.delete(oldest!);
    oldest?.destroy();
  }
  function remove(peer: string | undefined, socket: Socket) {
    const sockets = idle.get(peer ?? '');
    sockets?.delete(socket);
    if (sockets?.size === 0) idle.delete(peer ?? '');
  }

  server.on('connection', (socket) => {
    const peer = socket.remoteAddress;
    add(socket);
    socket.once('close', () => remove(peer, socket));
  });
  server.on('request', ({ socket }, response) => {
    remove(socket.remoteAddress, socket);
    response.once('close', () => add(socket));
  });
}
