import { expect, test } from 'vitest';
import { Room } from '../src/flow/room.ts';

test('there is room for more strands until a worker is half full', () => {
  const room = new Room(6);
  using _job = room.enter();
  expect(room.take(3)).toBeNull();
  {
    using branch = room.take(1);
    expect(branch).not.toBeNull();
    expect(room.take(2)).toBeNull();
    expect(room.take(1)).not.toBeNull();
    expect(room.take(1)).toBeNull();
  }
  expect(room.take(1)).not.toBeNull();
});

test('jobs that come count, however full it is', () => {
  const room = new Room(4);
  const jobs = Array.from({ length: 4 }, () => room.enter());
  expect(room.take(1)).toBeNull();
  for (const job of jobs.slice(1)) job[Symbol.dispose]();
  expect(room.take(1)).not.toBeNull();
});

test('a worker of one job at a time has room for nothing else', () => {
  const room = new Room(1);
  using _job = room.enter();
  expect(room.take(1)).toBeNull();
});
