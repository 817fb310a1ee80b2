/**
 * What becomes of a job when the last who waits for it has left without an answer, for longer than the service's grace:
 * it is cancelled, or goes on, which is the default.
 */
export type OnDisconnect = 'cancel' | 'continue';

/** In the URL, for a browser would ask the service whether it may send a header. */
export function withOnDisconnect(path: string, onDisconnect: OnDisconnect | undefined): string {
  if (onDisconnect === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}on_disconnect=${onDisconnect}`;
}
