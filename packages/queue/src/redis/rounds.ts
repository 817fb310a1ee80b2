/** Looks at many things again and again, a few at a time, so that thousands of them are no burst. */
export interface Rounds {
  /** Begins a round at once that does not pause between looks. */
  hurry(): void;
  close(): void;
}

const AT_A_TIME = 100;
/** Milliseconds after which a round is begun anew that came to nothing. */
const RETRY_MS = 1_000;

/**
 * Shows `look` everything that `all` names, once in `periodMs`, spread over it. A look that takes longer holds up those
 * after it; one that fails ends the round, and another is begun shortly. Does not keep the process alive.
 */
export function openRounds<T>(
  all: () => Iterable<T>,
  look: (some: readonly T[]) => Promise<unknown>,
  periodMs: number,
): Rounds {
  let timer: NodeJS.Timeout | undefined;
  let current = 0;
  const later = (act: () => void, ms: number) => {
    timer = setTimeout(act, ms).unref();
  };

  /** Until another one is begun. */
  async function round(things: readonly T[], pauseMs: number, mine: number) {
    const [some, rest] = [things.slice(0, AT_A_TIME), things.slice(AT_A_TIME)];
    const hasFailed =
      some.length > 0 &&
      (await look(some).then(
        () => false,
        () => true,
      ));
    if (mine !== current) return;
    if (hasFailed) later(begin, Math.min(periodMs, RETRY_MS));
    else if (rest.length === 0) later(begin, pauseMs || periodMs);
    else if (pauseMs > 0) later(() => void round(rest, pauseMs, mine), pauseMs);
    else await round(rest, 0, mine);
  }
  function begin() {
    const things = [...all()];
    const looks = Math.max(1, Math.ceil(things.length / AT_A_TIME));
    void round(things, periodMs / looks, ++current);
  }

  later(begin, periodMs);
  return {
    hurry() {
      clearTimeout(timer);
      void round([...all()], 0, ++current);
    },
    close() {
      clearTimeout(timer);
      current++;
    },
  };
}
