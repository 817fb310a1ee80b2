import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { isPublic } from '@codegen/webhook';

/** All addresses of a name, as the machine resolves it. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export const resolveName: Resolve = (host) => promisify(lookup)(host, { all: true });

/** One of a host's addresses may not be sent to. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
}

/**
 * The addresses to connect to for a host: resolved once, each of them looked at. What is asked for the connection must
 * not be resolved again, for the answer may be another one then.
 * @throws AddressNotAllowed if any of them is not public; what `resolve` rejects with
 */
export async function allowedAddresses(
  host: string,
  allowPrivate: boolean,
  resolve: Resolve,
): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (!allowPrivate && !addresses.every(({ address }) => isPublic(address)))
    throw new AddressNotAllowed('the address is not one of the public internet');
  return addresses;
}

/** For a connection: tells these addresses, whatever is asked. */
export const pinned =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else if (first) callback(null, first.address, first.family);
    else callback(Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' }), '', 0);
  };
