import { expect, onTestFinished, test } from 'vitest';
import { openRounds } from '../src/redis/rounds.ts';
import { until } from './queue.ts';

const NEVER_MS = 1_000_000;
const things = Array.from({ length: 250 }, (_, index) => index);

function open(periodMs: number, isBroken: (look: number) => boolean = () => false) {
  const looks: (readonly number[])[] = [];
  const all = { things };
  const rounds = openRounds(
    () => all.things,
    async (some) => {
      looks.push(some);
      if (isBroken(looks.length)) throw new Error('Redis is away');
    },
    periodMs,
  );
  onTestFinished(() => rounds.close());
  return { rounds, looks, all };
}

test('everything is looked at, a few at a time, again and again', async () => {
  const { looks } = open(3);
  await until(async () => looks.length >= 6);
  expect(looks.slice(0, 3).flat()).toEqual(things);
  expect(looks.slice(3, 6).flat()).toEqual(things);
  expect(Math.max(...looks.map((some) => some.length))).toBe(100);
});

test('what came is looked at in the next round, and what has gone is not', async () => {
  const { looks, all } = open(3);
  await until(async () => looks.length >= 1);
  all.things = [7];
  await until(async () => looks.at(-1)?.length === 1);
  looks.length = 0;
  await until(async () => looks.length >= 3);
  expect(new Set(looks.flat())).toEqual(new Set([7]));
});

test('in a hurry a round begins at once and does not pause', async () => {
  const { rounds, looks } = open(NEVER_MS);
  rounds.hurry();
  await until(async () => looks.length === 3);
  expect(looks.flat()).toEqual(things);
});

test('a round that came to nothing is begun anew soon', async () => {
  const { rounds, looks } = open(NEVER_MS, (look) => look === 2);
  rounds.hurry();
  await until(async () => looks.length >= 3);
  expect(looks[2]).toEqual(looks[0]);
});

test('what is closed looks no more', async () => {
  const { rounds, looks } = open(1);
  await until(async () => looks.length >= 1);
  rounds.close();
  const before = looks.length;
  const other = open(1);
  await until(async () => other.looks.length >= 10);
  expect(looks).toHaveLength(before);
});
