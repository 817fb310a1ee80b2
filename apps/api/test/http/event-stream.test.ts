import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Heartbeat, SharedReads } from '../../src/http/event-stream.ts';

describe('Heartbeat', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  function open(writableNeedDrain = false) {
    const written: string[] = [];
    return { written, writableNeedDrain, write: (text: string) => written.push(text) > 0 };
  }

  test('writes a comment to every stream once in 15 s', () => {
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

  test('writes the first comment 15 s after the stream opened', () => {
    const heartbeat = new Heartbeat();
    const stream = open();
    heartbeat.keepAlive(stream);
    vi.advanceTimersByTime(14_999);
    expect(stream.written).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(stream.written).toHaveLength(1);
  });

  test('writes nothing to a stream whose client does not read', () => {
    const heartbeat = new Heartbeat();
    const stuck = open(true);
    heartbeat.keepAlive(stuck);
    vi.advanceTimersByTime(60_000);
    expect(stuck.written).toEqual([]);
  });

  test('runs no timer while no stream is open', () => {
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
  /** Reads that end when the test resolves them; each returns its number. */
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

  test('shares the next read among callers that arrive during a read', async () => {
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

  test('rejects only the callers that share the failed read', async () => {
    const { begun, reads } = readsByHand();
    const first = reads.get('a');
    const second = reads.get('a');
    begun[0]?.over.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await finish();
    begun[1]?.over.resolve(2);
    expect(await second).toBe(2);
  });

  test('reads different keys concurrently', () => {
    const { begun, reads } = readsByHand();
    void reads.get('a');
    void reads.get('b');
    expect(begun.map(({ key }) => key)).toEqual(['a', 'b']);
  });
});
