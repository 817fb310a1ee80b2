import { connect } from 'node:net';
import { HANG_MS } from '../timeouts.ts';
import type { Reply } from './service.ts';

/** Sends bytes unchanged, which an HTTP client would correct or reject, and returns the first response. */
export function raw(url: string, bytes: string | Buffer): Promise<Reply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    socket.setTimeout(HANG_MS, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(read(Buffer.concat(chunks).toString())));
    socket.on('error', (error) => (chunks.length === 0 ? reject(error) : socket.destroy()));
  });
}

/** Sends a GET with an unchanged target on a new connection. */
export const rawGet = (url: string, target: string | Buffer, ...headers: readonly string[]) =>
  raw(
    url,
    Buffer.concat([
      Buffer.from('GET '),
      Buffer.from(target as string),
      Buffer.from([' HTTP/1.1', 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n')),
    ]),
  );

function read(text: string): Reply {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const body = Buffer.from(rest.join('\r\n\r\n'))
    .subarray(0, Number(headers.get('Content-Length') ?? 0))
    .toString();
  const json = /json/.test(headers.get('Content-Type') ?? '') && body !== '' ? JSON.parse(body) : null;
  return { status: Number(first.split(' ')[1]), headers, body, json };
}
