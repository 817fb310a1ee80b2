import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether an IP address is one of the public internet: not loopback, private, link-local, carrier's, multicast, reserved or
 * documentation, and no IPv6 address that wraps an IPv4 one (mapped, NAT64, 6to4, Teredo), whichever that is.
 */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // What is given out of IPv6 so far is 2000::/3; the rest is a protocol's own or nobody's.
  return parsed instanceof ipaddr.IPv4 || (parsed.parts[0] ?? 0) >> 13 === 1;
}
