import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Why a text is not accepted as a webhook URL; the message is shown to the caller. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

const MAX_CHARS = 2_048;

/**
 * Parses a webhook URL. Every spelling of an IP address (`0x7f.1`, `2130706433`, `127.1`) is normalized. Host names are
 * not resolved here; the sender checks their addresses before it connects.
 * @throws TargetError
 */
export function readTarget(text: string, allowPrivate: boolean): URL {
  if (text.length > MAX_CHARS) throw new TargetError(`it must have ${MAX_CHARS} characters at most`);
  // `new URL` ignores control characters and accepts a missing "//".
  if (!/^https?:\/\/[^/\\]/i.test(text) || /[^\x21-\x7e]/.test(text) || !URL.canParse(text))
    throw new TargetError('it must be a URL that begins with https:// or http://, in ASCII');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw new TargetError('it must contain no user and no password; deliveries are signed instead');
  if (!allowPrivate && isPrivateHost(hostOf(url)))
    throw new TargetError('it must be an address of the public internet');
  url.hash = '';
  return url;
}

/** The host name or IP address of a URL; an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

const isPrivateHost = (host: string): boolean =>
  isIP(host) === 0 ? /(?:^|\.)localhost\.?$/i.test(host) : !isPublic(host);

/**
 * Whether an IP address belongs to the public internet. Loopback, private, link-local, carrier-grade NAT, multicast,
 * reserved and documentation addresses do not. Neither do IPv6 addresses that embed an IPv4 address (mapped, NAT64,
 * 6to4, Teredo), whichever it is.
 */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // IANA allocates global IPv6 unicast addresses from 2000::/3 only.
  return parsed instanceof ipaddr.IPv4 || (parsed.parts[0] ?? 0) >> 13 === 1;
}
