import type { OnDisconnect, Runs } from '@codegen/queue';
import type { Response } from 'express';
import type { Drain } from './drain.ts';
import type { Preference } from './prefer.ts';

export interface WaitDeps {
  readonly runs: Pick<Runs, 'finished' | 'registerClient'>;
  /** Longest wait for a result, in seconds. */
  readonly syncWaitSeconds: number;
  /** Begins when the server is to stop: who still waits is sent to the job. */
  readonly drain: Drain;
}

/** How long a client wants to wait, within what the service allows. `unsaid` holds if it did not say. */
export const waitSeconds = ({ respondAsync, wait }: Preference, unsaid: number, most: number): number =>
  Math.min(wait ?? (respondAsync ? 0 : unsaid), most);

/** True when the run is settled; false when time is up, the client is gone or the server stops. */
export async function waitFor(
  id: string,
  seconds: number,
  onDisconnect: OnDisconnect,
  response: Response,
  { runs, drain }: WaitDeps,
) {
  if (seconds === 0) return false;
  const client = runs.registerClient(id, onDisconnect);
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, seconds * 1_000);
  response.once('close', abort);
  const stay = drain.onBegin(abort);
  if (response.destroyed) abort();
  try {
    const isFinished = await runs.finished(id, stop.signal, client.isFinished);
    client.release(isFinished ? 'finished' : response.destroyed ? 'disconnected' : 'answered');
    return isFinished;
  } finally {
    clearTimeout(timer);
    response.off('close', abort);
    stay();
  }
}

/** The headers of an answer that comes before the result. */
export function acceptedHeaders(id: string, { respondAsync, wait }: Preference, seconds: number) {
  const applied = [respondAsync && 'respond-async', wait !== null && `wait=${seconds}`].filter(Boolean);
  return {
    Location: `/jobs/${id}`,
    'Retry-After': '2',
    ...(applied.length > 0 && { 'Preference-Applied': applied.join(', ') }),
  };
}
