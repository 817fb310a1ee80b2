/** Checks items periodically, a batch at a time, so that thousands of them cause no burst of commands. */
export interface Poller {
  /** Starts a round at once, without pauses between batches. */
  pollNow(): void;
  close(): void;
}

const BATCH_SIZE = 100;

/** Delay before a failed round is started again, in ms. */
const RETRY_MS = 1_000;

/**
 * Calls `check` with every item once per `periodMs`, in batches spread over the period. A slow batch delays those after
 * it; a failed one ends the round, and a new round starts after `RETRY_MS`. Does not keep the process alive.
 */
export function createPoller<T>(
  items: () => Iterable<T>,
  check: (batch: readonly T[]) => Promise<unknown>,
  periodMs: number,
): Poller {
  let timer: NodeJS.Timeout | undefined;
  let currentRound = 0;
  const schedule = (act: () => void, ms: number) => {
    timer = setTimeout(act, ms).unref();
  };

  async function runRound(rest: readonly T[], pauseMs: number, round: number) {
    const batch = rest.slice(0, BATCH_SIZE);
    const remaining = rest.slice(BATCH_SIZE);
    let isFailed = false;
    if (batch.length > 0)
      await check(batch).catch(() => {
        isFailed = true;
      });
    // A newer round replaces this one.
    if (round !== currentRound) return;
    if (isFailed) schedule(startRound, Math.min(periodMs, RETRY_MS));
    else if (remaining.length === 0) schedule(startRound, pauseMs || periodMs);
    else if (pauseMs > 0) schedule(() => void runRound(remaining, pauseMs, round), pauseMs);
    else await runRound(remaining, 0, round);
  }

  function startRound() {
    const all = [...items()];
    const batches = Math.max(1, Math.ceil(all.length / BATCH_SIZE));
    void runRound(all, periodMs / batches, ++currentRound);
  }

  schedule(startRound, periodMs);
  return {
    pollNow() {
      clearTimeout(timer);
      void runRound([...items()], 0, ++currentRound);
    },
    close() {
      clearTimeout(timer);
      currentRound++;
    },
  };
}
