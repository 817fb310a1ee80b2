import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Heartbeat } from '../src/http/event-stream.ts';

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
