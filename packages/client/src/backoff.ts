import { sleep } from './deadline.ts';
import { CodegenError } from './error.ts';

interface Limits {
  /** Tries in all. */
  readonly tries: number;
  /** Milliseconds from the first failure in a row on. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Backoff {
  /** Resolves when it is time to try again. @throws the error if that is of no use, or has been tried for long enough */
  after(error: unknown): Promise<void>;
  /** The service answers: patience begins anew, while pauses go on growing. */
  answered(): void;
  /** All is well: the next failure is the first. */
  reset(): void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

export function openBackoff({ tries, patienceMs, signal }: Limits): Backoff {
  let failures = 0;
  let failingSince: number | null = null;
  return {
    async after(error) {
      signal?.throwIfAborted();
      if (!(error instanceof CodegenError) || !isPassing(error)) throw error;
      failures += 1;
      failingSince ??= Date.now();
      const asked = (error.retryAfterSeconds ?? 0) * 1_000;
      const pause = Math.max(asked, pauseAfter(failures));
      if (failures >= tries || Date.now() + pause - failingSince > patienceMs) throw error;
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

/** Doubles; up to half of it is left to chance, so that many clients do not come back at once. */
const pauseAfter = (failures: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);

/** Whether the same request may succeed later. A 502 that is the service's own says that no model could answer. */
function isPassing({ status, problem }: CodegenError): boolean {
  if (status === null || status === 408 || status === 429 || status === 503) return true;
  return problem === null && (status === 502 || status === 504);
}

/** A few tries; for what may be done twice. `act` is told how many there were before. */
export async function persist<T>(act: (before: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const backoff = openBackoff({ tries: 4, patienceMs: 30_000, signal });
  for (let before = 0; ; before += 1) {
    try {
      return await act(before);
    } catch (error) {
      await backoff.after(error);
    }
  }
}
