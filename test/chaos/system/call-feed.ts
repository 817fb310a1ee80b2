import { markerIn } from '../client/requests.ts';

/** A model call as recorded by the simulator. Times are milliseconds since 1970. */
export interface ModelCall {
  readonly id: string;
  readonly at: number;
  readonly endedAt?: number;
  readonly stage: string;
  readonly model: string;
  readonly request: string;
  readonly status: 'open' | 'answered' | 'fault' | 'aborted' | 'refused';
  readonly fault?: string;
  /** Hash of the API key, which identifies the run of a worker. */
  readonly caller: string;
}

/** Live list of all model calls. */
export interface CallFeed extends AsyncDisposable {
  /** Calls of the request with this marker in order. */
  of(marker: string): readonly ModelCall[];
  markers(): Iterable<string>;
  /** All models called so far. */
  models(): readonly string[];
  /** The next start or end of a call that matches. @throws Error after the timeout */
  next(fits: (call: ModelCall) => boolean, timeoutMs?: number): Promise<ModelCall>;
}

/** Longer than the delay that a killed worker causes. */
const TIMEOUT_MS = 60_000;

export async function followCalls(simulatorUrl: string): Promise<CallFeed> {
  const stop = new AbortController();
  const url = simulatorUrl.replace(/v1$/, '_simulator/calls?follow=1');
  const response = await fetch(url, { signal: stop.signal });
  const byMarker = new Map<string, Map<string, ModelCall>>();
  const watchers = new Set<(call: ModelCall) => void>();
  const models = new Set<string>();

  const receive = (call: ModelCall) => {
    const marker = markerIn(call.request) ?? '';
    const calls = byMarker.get(marker) ?? new Map<string, ModelCall>();
    byMarker.set(marker, calls);
    models.add(call.model);
    calls.set(call.id, call);
    for (const watcher of watchers) watcher(call);
  };
  void readLines(response, receive);

  return {
    of: (marker) => [...(byMarker.get(marker)?.values() ?? [])],
    markers: () => byMarker.keys(),
    models: () => [...models],
    next(fits, timeoutMs = TIMEOUT_MS) {
      const { promise, resolve, reject } = Promise.withResolvers<ModelCall>();
      const watcher = (call: ModelCall) => fits(call) && resolve(call);
      const timeout = new Error(`no matching call within ${timeoutMs / 1_000} s: ${fits}`);
      const timer = setTimeout(() => reject(timeout), timeoutMs);
      watchers.add(watcher);
      return promise.finally(() => {
        watchers.delete(watcher);
        clearTimeout(timer);
      });
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
    },
  };
}

/** Reads lines until either side closes the connection. */
async function readLines(response: Response, receive: (call: ModelCall) => void) {
  let rest = '';
  try {
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) receive(JSON.parse(line));
    }
  } catch {
    // Closed by `stop` or by the simulator.
  }
}
