import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { abreast } from '../src/flow/abreast.ts';
import { PutOff } from '../src/flow/put-off.ts';

const untouched = new AbortController().signal;
const inMs = (ms: number) => new PutOff(Date.now() + ms);
/** Throws what it is given, one after the other, and then ends. */
const script = (...errors: Error[]) => {
  const left = [...errors];
  return async () => {
    const next = left.shift();
    if (next !== undefined) throw next;
  };
};
const held = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, release: resolve };
};

describe('of works that are done abreast', () => {
  test('there may be none, or one', async () => {
    await abreast([], untouched, Date);
    await abreast([script()], untouched, Date);
    const putOff = inMs(60_000);
    await expect(abreast([script(putOff)], untouched, Date)).rejects.toBe(putOff);
  });

  test('one that is put off is begun again while another is at work', async () => {
    const other = held();
    let times = 0;
    const one = async () => {
      times++;
      if (times < 3) throw inMs(1);
      other.release();
    };
    await abreast([one, other.work], untouched, Date);
    expect(times).toBe(3);
  });

  test('one that is put off is put off with the job as soon as no other is at work', async () => {
    const other = held();
    const putOff = inMs(60_000);
    const done = abreast([script(putOff), other.work], untouched, Date);
    other.release();
    await expect(done).rejects.toBe(putOff);
  });

  test('all that are put off are so until the earliest time', async () => {
    const [late, early] = [inMs(60_000), inMs(30_000)];
    await expect(abreast([script(late), script(early)], untouched, Date)).rejects.toBe(early);
    await expect(abreast([script(early), script(late)], untouched, Date)).rejects.toBe(early);
  });

  test('what one throws is thrown when all are over, before what was put off', async () => {
    const other = held();
    const fault = new Error('a fault');
    let isOver = false;
    const last = async () => {
      await other.work();
      isOver = true;
    };
    const works = [script(inMs(60_000)), script(fault), last];
    const done = abreast(works, untouched, Date);
    done.catch(() => {});
    await sleep(5);
    expect(isOver).toBe(false);
    other.release();
    await expect(done).rejects.toBe(fault);
    expect(isOver).toBe(true);
  });

  test('one that waits is begun once more when the job is to end, and not again if it is put off then', async () => {
    const other = held();
    const ending = new AbortController();
    let times = 0;
    const putOff = inMs(60_000);
    const one = async () => {
      times++;
      if (times === 2) other.release();
      throw putOff;
    };
    const done = abreast([one, other.work], ending.signal, Date);
    done.catch(() => {});
    await sleep(5);
    expect(times).toBe(1);
    ending.abort('handed back');
    await expect(done).rejects.toBe(putOff);
    expect(times).toBe(2);
  });
});
