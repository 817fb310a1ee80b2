/** A signal that aborts with the caller's signal or when a restartable timer expires. Must be closed. */
export interface Deadline {
  readonly signal: AbortSignal;
  start(ms: number): void;
  stop(): void;
  /** Aborts the signal, which also ends requests that still use it. */
  close(): void;
}

export function createDeadline(callerSignal?: AbortSignal): Deadline {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = () => controller.abort(callerSignal?.reason);
  if (callerSignal?.aborted) abort();
  else callerSignal?.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    start(ms) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Error(`no data for ${ms / 1_000} s`)), ms);
    },
    stop: () => clearTimeout(timer),
    close() {
      clearTimeout(timer);
      callerSignal?.removeEventListener('abort', abort);
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
