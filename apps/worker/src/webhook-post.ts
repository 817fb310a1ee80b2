import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { hostOf } from '@codegen/webhook';
import { allowedAddresses, pinned, type Resolve } from './webhook-address.ts';

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
}

/** Bytes of an answer's headers, and of its body, that are read: enough not to cut off a receiver that says a word. */
const MOST_BYTES = 16 * 1024;

/**
 * Sends a POST to a webhook and resolves with the HTTP status of the answer. Connects to an address that was checked, by
 * itself: through no proxy, on no connection that others share. Redirects are answers like any other.
 * @throws AddressNotAllowed; whatever goes wrong with the connection; the reason of `signal`
 */
export async function postWebhook(url: URL, options: PostOptions, signal: AbortSignal): Promise<number> {
  const { headers, body, allowPrivate } = options;
  signal.throwIfAborted();
  const resolved = allowedAddresses(hostOf(url), allowPrivate, options.resolve);
  const addresses = await Promise.race([resolved, aborted(signal)]);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' },
    lookup: pinned(addresses),
    agent: false,
    maxHeaderSize: MOST_BYTES,
    signal,
  });
  // Also after the answer, when its rest is cut off.
  sent.on('error', reject);
  // A connection may end without an error or an answer, as on an answer that asks for another protocol.
  sent.once('close', () => reject(new Error('no answer')));
  sent.once('response', (response) => {
    readOff(response);
    resolve(response.statusCode ?? 0);
  });
  sent.end(body);
  return promise;
}

/** Lets a receiver end what it says, within bounds. */
function readOff(response: IncomingMessage) {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) response.destroy();
  });
  // The status is known, which is all that counts.
  response.on('error', () => {});
}

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
