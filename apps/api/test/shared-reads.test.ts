import { expect, test } from 'vitest';
import { SharedReads } from '../src/http/event-stream.ts';

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
