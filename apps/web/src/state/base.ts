/**
 * Path prefix of the service, without a slash at the end: that of this script, which the service has at `/assets/`. Empty
 * without a prefix.
 */
export const BASE = /^(.*)\/assets\/[^/]+$/.exec(new URL(import.meta.url).pathname)?.[1] ?? '';
