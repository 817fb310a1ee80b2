import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PrefixProxy extends AsyncDisposable {
  /** Its address with the prefix. */
  readonly url: string;
  /** The server to which it passes requests. */
  upstream: string;
  /** Paths that it was asked for outside the prefix. */
  readonly missed: string[];
}

/** A reverse proxy that serves a server below a path, which it strips as nginx does, and that has nothing elsewhere. */
export async function startPrefixProxy(prefix: string): Promise<PrefixProxy> {
  const missed: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming;
    if (!url.startsWith(`${prefix}/`)) {
      missed.push(url);
      return void outgoing.writeHead(404).end();
    }
    const forwarded = request(
      proxy.upstream + url.slice(prefix.length),
      { method, headers: { ...headers, 'X-Forwarded-For': '192.0.2.1' } },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: PrefixProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    upstream: '',
    missed,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}
