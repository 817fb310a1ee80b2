import { isIP } from 'node:net';
import { isPublic } from './address.ts';

/** Says, for whoever asked, why a text is no address for a webhook. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

const MOST_CHARS = 2_048;

/**
 * The URL of a webhook, with every spelling of an IP address (`0x7f.1`, `2130706433`, `127.1`) in its usual form. Names
 * are not resolved: what they stand for is looked at when something is sent.
 * @throws TargetError
 */
export function readTarget(text: string, allowPrivate: boolean): URL {
  if (text.length > MOST_CHARS) throw new TargetError(`it may have ${MOST_CHARS} characters at most`);
  // A parser passes over what it takes for noise, and over a missing "//".
  if (!/^https?:\/\/[^/\\]/i.test(text) || /[^\x21-\x7e]/.test(text) || !URL.canParse(text))
    throw new TargetError('it must be a URL that begins with https:// or http://, in ASCII');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw new TargetError('it must hold no user and no password; deliveries are signed instead');
  if (!allowPrivate && isPrivate(hostOf(url)))
    throw new TargetError('it must be an address of the public internet');
  url.hash = '';
  return url;
}

/** The host as it is resolved and connected to: an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

const isPrivate = (host: string): boolean =>
  isIP(host) === 0 ? /(?:^|\.)localhost\.?$/i.test(host) : !isPublic(host);
