import { type LookupAddress, lookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { hostOf, isPublic } from '@codegen/webhook';

/** Resolves a host name to all of its addresses. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export const resolveName: Resolve = (host) => promisify(lookup)(host, { all: true });

/** At least one address of the host is not public. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
}

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
}

/** Maximum bytes read of the response headers, and of the body. */
const MAX_RESPONSE_BYTES = 16 * 1024;

/** Maximum number of interim responses, such as `103 Early Hints`, before the response. */
const MAX_INTERIM = 10;

/**
 * Sends a POST to a webhook URL and resolves with the HTTP status of the response. Connects only to addresses that were
 * checked, over a connection of its own and through no proxy. Does not follow redirects.
 * @throws AddressNotAllowed; any connection error; the reason of `signal`
 */
export async function postWebhook(url: URL, options: PostOptions, signal: AbortSignal): Promise<number> {
  const { headers, body, allowPrivate } = options;
  signal.throwIfAborted();
  const resolved = allowedAddresses(hostOf(url), allowPrivate, options.resolve);
  const addresses = await Promise.race([resolved, rejectOnAbort(signal)]);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' },
    lookup: lookupOf(addresses),
    agent: false,
    maxHeaderSize: MAX_RESPONSE_BYTES,
    signal,
  });
  // Also emitted after the response, when the rest of its body is cut off.
  sent.on('error', reject);
  // Node closes without an error or a response after a 101 Switching Protocols.
  sent.once('close', () => reject(new Error('the connection closed without a response')));
  let interim = 0;
  sent.on('information', () => {
    if (++interim > MAX_INTERIM)
      sent.destroy(Object.assign(new Error('too many interim responses'), { code: 'HPE_INTERIM' }));
  });
  sent.once('response', (response) => {
    discardBody(response);
    resolve(response.statusCode ?? 0);
  });
  sent.end(body);
  return promise;
}

/**
 * Resolves a host once and checks every address. The connection must use the returned addresses: a second lookup could
 * return others (DNS rebinding).
 * @throws AddressNotAllowed if any address is not public; whatever `resolve` rejects with
 */
export async function allowedAddresses(
  host: string,
  allowPrivate: boolean,
  resolve: Resolve,
): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (!allowPrivate && !addresses.every(({ address }) => isPublic(address)))
    throw new AddressNotAllowed('the address is not public');
  return addresses;
}

/** A `lookup` function for a socket that returns the given addresses for every host. */
export const lookupOf =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else if (first) callback(null, first.address, first.family);
    else callback(Object.assign(new Error('the host has no address'), { code: 'ENOTFOUND' }), '', 0);
  };

/** Reads a bounded part of the body, so that a receiver can finish a short response. */
function discardBody(response: IncomingMessage) {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) response.destroy();
  });
  // Only the status counts, and it is already known.
  response.on('error', () => {});
}

const rejectOnAbort = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
