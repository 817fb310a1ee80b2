/** A signal that aborts with the caller's, or when a time is over that can be begun anew. Must be closed. */
export interface Deadline {
  readonly signal: AbortSignal;
  start(ms: number): void;
  stop(): void;
  /** Also ends what still listens to the signal. */
  close(): void;
}

export function openDeadline(caller?: AbortSignal): Deadline {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const follow = () => controller.abort(caller?.reason);
  if (caller?.aborted) follow();
  else caller?.addEventListener('abort', follow);
  return {
    signal: controller.signal,
    start(ms) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Error(`nothing came for ${ms / 1_000} s`)), ms);
    },
    stop: () => clearTimeout(timer),
    close() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', follow);
      controller.abort();
    },
  };
}

/** @throws the signal's reason as soon as it aborts */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
