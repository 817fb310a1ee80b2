import { sleep } from './deadline.ts';
import { CodegenError } from './error.ts';

interface Limits {
  readonly maxAttempts: number;
  /** Milliseconds to go on retrying, counted from the first of the failures in a row. */
  readonly retryTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Backoff {
  /** Resolves when it is time to retry. @throws the error if it is permanent or a limit is reached */
  afterFailure(error: unknown): Promise<void>;
  /** The service answered: restarts the timeout. Pauses go on growing. */
  answered(): void;
  /** The request succeeded: the next failure counts as the first. */
  reset(): void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

export function createBackoff({ maxAttempts, retryTimeoutMs, signal }: Limits): Backoff {
  let failures = 0;
  let failingSince: number | null = null;
  return {
    async afterFailure(error) {
      signal?.throwIfAborted();
      if (!(error instanceof CodegenError) || !isTransient(error)) throw error;
      failures += 1;
      failingSince ??= Date.now();
      const retryAfterMs = (error.retryAfterSeconds ?? 0) * 1_000;
      const pause = Math.max(retryAfterMs, pauseAfter(failures));
      if (failures >= maxAttempts || Date.now() + pause - failingSince > retryTimeoutMs) throw error;
      await sleep(pause, signal);
    },
    answered() {
      failingSince = null;
    },
    reset() {
      failures = 0;
      failingSince = null;
    },
  };
}

/** Doubles with each failure. Jitter of up to a half spreads the retries of many clients. */
const pauseAfter = (failures: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);

/** Whether the same request may succeed later. A 502 or 504 with a problem comes from the service itself and is final. */
function isTransient({ status, problem }: CodegenError): boolean {
  if (status === null || status === 408 || status === 429 || status === 503) return true;
  return problem === null && (status === 502 || status === 504);
}

/** Runs an idempotent request up to four times. `request` receives the number of earlier attempts. */
export async function withRetry<T>(
  request: (earlierAttempts: number) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const backoff = createBackoff({ maxAttempts: 4, retryTimeoutMs: 30_000, signal });
  for (let attempts = 0; ; attempts += 1) {
    try {
      return await request(attempts);
    } catch (error) {
      await backoff.afterFailure(error);
    }
  }
}
