import { setTimeout as delay } from 'node:timers/promises';
import { onDisconnectSchema } from '@codegen/contract';
import type { OnDisconnect, Runs, StoredRun } from '@codegen/queue';
import type { Request, Response } from 'express';
import { ProblemError } from '../problem.ts';
import { parametersOf, readOnce } from './query.ts';

const onDisconnect = onDisconnectSchema.optional();

/** Parameter of every request that waits for a job. */
export const onDisconnectQuery = {
  on_disconnect: onDisconnect.describe(
    '`cancel`: the job is cancelled when its last waiting client has disconnected',
  ),
};

export const onDisconnectHeader = { 'On-Disconnect': onDisconnect.describe('Same as `on_disconnect`') };

/** Reads `on_disconnect` or, for clients that can set headers, `On-Disconnect`. @throws ProblemError */
export function readOnDisconnect(request: Request): OnDisconnect {
  const value =
    readOnce(parametersOf(request.originalUrl), 'on_disconnect') ??
    request.get('On-Disconnect') ??
    'continue';
  if (value === 'cancel' || value === 'continue') return value;
  throw new ProblemError('invalid-parameter', 'Set on_disconnect to cancel or continue.');
}

/**
 * Notifies waiting requests of shutdown. An AbortSignal with thousands of listeners takes linear time to remove one;
 * this takes constant time.
 */
export class Shutdown {
  #hasBegun = false;
  readonly #listeners = new Set<() => void>();

  /** Calls `listener` when shutdown begins, or at once if it has begun. Returns a function that unsubscribes it. */
  subscribe(listener: () => void): () => void {
    if (this.#hasBegun) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  begin(): void {
    this.#hasBegun = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

interface WaitDeps {
  readonly runs: Pick<Runs, 'load' | 'registerClient' | 'waitUntilFinished'>;
  readonly shutdown: Shutdown;
}

/**
 * Resolves with the run when it has finished, null if it is gone, and undefined on timeout, disconnect or shutdown. If Redis
 * does not answer at the end of the run, the wait goes on.
 */
export async function waitFor(
  id: string,
  seconds: number,
  onDisconnect: OnDisconnect,
  response: Response,
  { runs, shutdown }: WaitDeps,
): Promise<StoredRun | null | undefined> {
  if (seconds === 0) return undefined;
  const client = runs.registerClient(id, onDisconnect);
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, seconds * 1_000);
  response.once('close', abort);
  const unsubscribe = shutdown.subscribe(abort);
  if (response.destroyed) abort();
  try {
    const isFinished = await runs.waitUntilFinished(id, stop.signal, client.firstCheck);
    client.release(isFinished ? 'finished' : response.destroyed ? 'disconnected' : 'answered');
    return isFinished ? await loadWithRetry(() => runs.load(id), stop.signal) : undefined;
  } finally {
    clearTimeout(timer);
    response.off('close', abort);
    unsubscribe();
  }
}

/** Interval at which a finished run is read again while Redis is unavailable, in ms. */
const RETRY_MS = 250;

/** Undefined if Redis is unavailable until the signal aborts. */
async function loadWithRetry<T>(load: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  while (!signal.aborted) {
    const run = await load().catch(() => undefined);
    if (run !== undefined) return run;
    await delay(RETRY_MS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

/**
 * Loads a submitted run after the wait. Returns undefined if Redis is unavailable: the run still exists.
 * @throws ProblemError if the run is gone, so that no response names a job that does not exist
 */
export async function loadAfterWait(runs: Pick<Runs, 'load'>, id: string, response: Response) {
  const run: StoredRun | null | undefined = await runs.load(id).catch(() => undefined);
  if (run !== null) return run;
  for (const header of ['X-Job-Id', 'Link']) response.removeHeader(header);
  throw runIsGone();
}

/** A submitted run that was deleted or that Redis lost. */
export function runIsGone() {
  const detail = 'Send the request again: its job was deleted, or lost by Redis.';
  return new ProblemError('queue-unavailable', detail, { 'Retry-After': '1' });
}
