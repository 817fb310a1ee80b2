import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Heartbeat, SharedReads } from '../../src/http/event-stream.ts';

describe('Heartbeat', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  function open(writableNeedDrain = false) {
    const written: string[] = [];
    return { written, writableNeedDrain, write: (text: string) => written.push(text) > 0 };
  }

  test('a stream has a comment once in 15 s, whenever it was opened', () => {
    const heartbeat = new Heartbeat();
    const streams = Array.from({ length: 40 }, () => {
      const stream = open();
      heartbeat.keepAlive(stream);
      vi.advanceTimersByTime(1_000);
      return stream;
    });
    for (const { written } of streams) written.length = 0;
    vi.advanceTimersByTime(15_000);
    for (const { written } of streams) expect(written).toEqual([': still here\n\n']);
  });

  test('the first one comes 15 s after it was opened', () => {
    const heartbeat = new Heartbeat();
    const stream = open();
    heartbeat.keepAlive(stream);
    vi.advanceTimersByTime(14_999);
    expect(stream.written).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(stream.written).toHaveLength(1);
  });

  test('a stream that is not read is written no more', () => {
    const heartbeat = new Heartbeat();
    const stuck = open(true);
    heartbeat.keepAlive(stuck);
    vi.advanceTimersByTime(60_000);
    expect(stuck.written).toEqual([]);
  });

  test('nothing runs while no stream is open', () => {
    const heartbeat = new Heartbeat();
    const [stop, other] = [heartbeat.keepAlive(open()), heartbeat.keepAlive(open())];
    stop();
    stop();
    expect(vi.getTimerCount()).toBe(1);
    other();
    expect(vi.getTimerCount()).toBe(0);
    const again = open();
    heartbeat.keepAlive(again);
    vi.advanceTimersByTime(15_000);
    expect(again.written).toHaveLength(1);
  });
});

describe('SharedReads', () => {
  /** Reads that are over when they are told to be; each gives its number. */
  function readsByHand() {
    const begun: { readonly key: string; readonly over: PromiseWithResolvers<number> }[] = [];
    const reads = new SharedReads<number>((key) => {
      const over = Promise.withResolvers<number>();
      begun.push({ key, over });
      return over.promise;
    });
    return { begun, reads };
  }
  const finish = () => new Promise(setImmediate);

  test('who asks while a read is under way shares the next one, which begins when that is over', async () => {
    const { begun, reads } = readsByHand();
    const first = reads.get('a');
    const second = reads.get('a');
    const third = reads.get('a');
    await finish();
    expect(begun).toHaveLength(1);
    begun[0]?.over.resolve(1);
    await finish();
    expect(begun).toHaveLength(2);
    begun[1]?.over.resolve(2);
    expect(await Promise.all([first, second, third])).toEqual([1, 2, 2]);
    void reads.get('a');
    expect(begun, 'nothing is kept').toHaveLength(3);
  });

  test('a read that fails fails those who share it, and nobody else', async () => {
    const { begun, reads } = readsByHand();
    const first = reads.get('a');
    const second = reads.get('a');
    begun[0]?.over.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await finish();
    begun[1]?.over.resolve(2);
    expect(await second).toBe(2);
  });

  test('reads of different things do not wait for each other', () => {
    const { begun, reads } = readsByHand();
    void reads.get('a');
    void reads.get('b');
    expect(begun.map(({ key }) => key)).toEqual(['a', 'b']);
  });
});
