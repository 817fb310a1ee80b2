import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRepeatLimit } from '../src/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('writes the first of equal entries at once and the latest one a minute later, with the number of those before', () => {
  const limit = createRepeatLimit();
  const lines: string[] = [];
  const log = (text: string, name: string) =>
    limit.log(text, (repeated) => lines.push(`${name} ${repeated}`));
  for (const name of ['a', 'b', 'c']) log('OOM', name);
  log('MISCONF', 'd');
  expect(lines).toEqual(['a 0', 'd 0']);
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual(['a 0', 'd 0', 'c 2']);
  log('OOM', 'e');
  log('MISCONF', 'f');
  expect(lines.slice(3)).toEqual(['f 0']);
  vi.advanceTimersByTime(60_000);
  expect(lines.slice(4)).toEqual(['e 1']);
  vi.advanceTimersByTime(120_000);
  log('OOM', 'g');
  expect(lines.slice(5)).toEqual(['g 0']);
});

test('entries that differ only in an id are equal', () => {
  const limit = createRepeatLimit();
  let count = 0;
  for (const id of ['6f9619ff-8b86-4011-b42d-00cf4fc964ff', '16fd2706-8baf-433b-82eb-8c7fada847da'])
    limit.log(`the lock of job ${id}.classify was lost`, () => count++);
  expect(count).toBe(1);
});

test('flush writes entries that are only counted', () => {
  const limit = createRepeatLimit();
  const counts: number[] = [];
  for (let index = 0; index < 5; index++) limit.log('OOM', (repeated) => counts.push(repeated));
  limit.flush();
  expect(counts).toEqual([0, 4]);
});

test('counts a limited number of different entries', () => {
  const limit = createRepeatLimit();
  for (let index = 0; index < 5_000; index++) limit.log(`fault ${index}`, () => {});
  expect(vi.getTimerCount()).toBe(1_000);
});
