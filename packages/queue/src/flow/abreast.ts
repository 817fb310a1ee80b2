import { setTimeout as sleep } from 'node:timers/promises';
import { PutOff } from './put-off.ts';

interface Clock {
  now(): number;
}

/**
 * Does several things at a time, each of which may have to be put off. One that has to waits here for its time as long as
 * another is at work, and is then begun again; when none is, all are put off until the first one's time. Waits for all,
 * whatever becomes of one.
 * @throws what one of them threw that was not put off; else the PutOff with the earliest time
 */
export async function abreast(
  works: readonly (() => Promise<void>)[],
  signal: AbortSignal,
  { now }: Clock,
): Promise<void> {
  const [only, ...more] = works;
  if (more.length === 0) return only?.();
  const idle = new AbortController();
  let atWork = works.length;
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
      return null;
    } catch (error) {
      if (error instanceof PutOff) return error;
      throw error;
    } finally {
      atWork--;
      if (atWork === 0) idle.abort();
    }
  };
  const carry = async (work: () => Promise<void>) => {
    for (;;) {
      const putOff = await attempt(work);
      if (putOff === null) return;
      if (signal.aborted) throw putOff;
      const wake = AbortSignal.any([signal, idle.signal]);
      await sleep(Math.max(0, putOff.until - now()), undefined, { signal: wake }).catch(() => {});
      if (idle.signal.aborted) throw putOff;
      atWork++;
    }
  };
  const outcomes = await Promise.allSettled(works.map(carry));
  const reasons = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const [first] = reasons.toSorted((a, b) => untilOf(a) - untilOf(b));
  if (first !== undefined) throw first;
}

const untilOf = (reason: unknown) => (reason instanceof PutOff ? reason.until : Number.NEGATIVE_INFINITY);
