import { setTimeout as sleep } from 'node:timers/promises';
import { carryThrough } from './client.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import { drawn } from './request.ts';

/** Clients that ask one thing after another until they are stopped. */
export interface Load {
  /** Asks nothing more and waits until all that was asked is over, or `patienceMs` have passed. */
  finish(patienceMs: number): Promise<void>;
}

interface LoadOptions {
  readonly urls: readonly string[];
  readonly ledger: Ledger;
  readonly random: Random;
  readonly clients: number;
  /** Milliseconds between an answer and the next request, at most. */
  readonly pauseMs: number;
}

const DISAPPOINTED_MS = 2_000;

export function startLoad({ urls, ledger, random, clients, pauseMs }: LoadOptions): Load {
  const giveUp = new AbortController();
  let stopped = false;
  let index = 0;
  const client = async () => {
    while (!stopped) {
      const entry = ledger.begin(drawn(++index, random));
      await carryThrough(entry, { urls, giveUp: giveUp.signal });
      await sleep(random.between(0, pauseMs));
      // Who is told that nothing works does not ask the next thing at once.
      if (entry.job?.status === 'failed') await sleep(DISAPPOINTED_MS);
    }
  };
  const running = Array.from({ length: clients }, client);
  return {
    async finish(patienceMs) {
      stopped = true;
      const timer = setTimeout(() => giveUp.abort(), patienceMs);
      await Promise.all(running);
      clearTimeout(timer);
    },
  };
}
