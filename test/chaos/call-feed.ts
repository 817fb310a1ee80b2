import { markerIn } from './request.ts';

/** A model call as the model server saw it. Times are milliseconds since 1970. */
export interface ModelCall {
  readonly id: string;
  readonly at: number;
  readonly endedAt?: number;
  readonly stage: string;
  readonly model: string;
  readonly request: string;
  readonly status: 'open' | 'answered' | 'fault' | 'aborted' | 'refused';
  readonly fault?: string;
  /** Whose key it was made with. */
  readonly caller: string;
}

/** All calls, by the marker of their request, as they happen. */
export interface CallFeed extends AsyncDisposable {
  /** In the order they were made. */
  of(marker: string): readonly ModelCall[];
  markers(): Iterable<string>;
  /** Being answered just now. */
  open(): readonly ModelCall[];
  /** All that were ever asked. */
  models(): readonly string[];
  /** The next call, as it begins or ends, of which `fits` holds. @throws if none comes in time */
  next(fits: (call: ModelCall) => boolean, patienceMs?: number): Promise<ModelCall>;
}

/** Longer than all clients can be held up by a worker that was killed. */
const PATIENCE_MS = 60_000;

export async function followCalls(simulatorUrl: string): Promise<CallFeed> {
  const left = new AbortController();
  const url = simulatorUrl.replace(/v1$/, '_simulator/calls?follow=1');
  const response = await fetch(url, { signal: left.signal });
  const byMarker = new Map<string, Map<string, ModelCall>>();
  const open = new Map<string, ModelCall>();
  const watchers = new Set<(call: ModelCall) => void>();
  const models = new Set<string>();

  const hear = (call: ModelCall) => {
    const marker = markerIn(call.request) ?? '';
    const calls = byMarker.get(marker) ?? new Map<string, ModelCall>();
    byMarker.set(marker, calls);
    models.add(call.model);
    calls.set(call.id, call);
    if (call.status === 'open') open.set(call.id, call);
    else open.delete(call.id);
    for (const watcher of watchers) watcher(call);
  };
  void listen(response, hear);

  return {
    of: (marker) => [...(byMarker.get(marker)?.values() ?? [])],
    markers: () => byMarker.keys(),
    open: () => [...open.values()],
    models: () => [...models],
    next(fits, patienceMs = PATIENCE_MS) {
      const { promise, resolve, reject } = Promise.withResolvers<ModelCall>();
      const watcher = (call: ModelCall) => fits(call) && resolve(call);
      const vain = new Error(`no such call came within ${patienceMs / 1_000} s: ${fits}`);
      const timer = setTimeout(() => reject(vain), patienceMs);
      watchers.add(watcher);
      return promise.finally(() => {
        watchers.delete(watcher);
        clearTimeout(timer);
      });
    },
    async [Symbol.asyncDispose]() {
      left.abort();
    },
  };
}

/** Hears line by line, until either side ends it. */
async function listen(response: Response, hear: (call: ModelCall) => void) {
  let rest = '';
  try {
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(JSON.parse(line));
    }
  } catch {
    // What was told until then counts.
  }
}
