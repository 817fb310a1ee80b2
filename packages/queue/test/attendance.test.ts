import { graph } from '@codegen/pipeline';
import { hangs } from '@codegen/testing/replies';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRunStore } from '../src/jobs/run-store.ts';
import { openAttendance, openSweep } from '../src/presence/attendance.ts';
import { openQueue, type Queue, RETENTION_SECONDS, until } from './queue.ts';

const HOUR_MS = 3_600_000;

let queue: Queue;
let sweep: () => Promise<void>;
let id: string;
beforeAll(() => {
  queue = openQueue({ sweepMs: HOUR_MS });
  const store = createRunStore(graph, queue.redis, queue.keys, { retentionSeconds: RETENTION_SECONDS });
  sweep = openSweep(queue.redis, queue.keys, store);
});
afterAll(() => queue[Symbol.asyncDispose]());
beforeEach(async () => {
  id = await queue.begin();
});

const statusOf = async () => (await queue.run(id)).outcome?.status ?? null;
const lookAt = async () => {
  const at = await queue.redis.zscore(queue.keys.watched, id);
  return at === null ? null : Number(at);
};
const leases = () => queue.redis.zrange(queue.keys.waiters(id), '0', '-1');
/** As if the time to look had come. */
const makeDue = () => queue.redis.zadd(queue.keys.watched, 1, id);

/** On the connection that the test looks with: what it sends comes before what the test asks. */
const attendance = (graceMs: number, leaseMs?: number) =>
  openAttendance(queue.redis, queue.keys, graceMs, leaseMs);

describe('a run is not watched', () => {
  test('for a waiter that does not want it', async () => {
    using waiting = attendance(0);
    const client = waiting.registerClient(id, 'continue');
    expect(await leases()).toHaveLength(1);
    client.leave('left');
    expect([await leases(), await lookAt()]).toEqual([[], null]);
  });

  test('when it is settled, or was never there', async () => {
    using waiting = attendance(0);
    const early = waiting.registerClient(id, 'cancel');
    expect(await early.isOver).toBe(false);
    await queue.runs.cancel(id);
    early.leave('over');
    expect(await waiting.registerClient(id, 'cancel').isOver).toBe(true);
    expect([await leases(), await lookAt()]).toEqual([[], null]);
    id = '00000000-0000-4000-8000-000000000000';
    waiting.registerClient(id, 'cancel').leave('left');
    expect([await leases(), await lookAt()]).toEqual([[], null]);
  });

  test('when it was given to somebody who counts on it', async () => {
    using waiting = attendance(0);
    await queue.redis.hset(queue.keys.run(id), 'kept', '1');
    waiting.registerClient(id, 'cancel').leave('left');
    expect(await lookAt()).toBeNull();
  });

  test('any more when its waiters were told that it goes on', async () => {
    using waiting = attendance(0);
    waiting.registerClient(id, 'cancel').leave('answered');
    expect(await lookAt()).toBeNull();
    waiting.registerClient(id, 'cancel').leave('left');
    waiting.registerClient(id, 'continue').leave('answered');
    expect(await lookAt()).toBeNull();
  });

  test('any more when it is settled; nothing of its waiters is left', async () => {
    using waiting = attendance(0);
    waiting.registerClient(id, 'cancel');
    waiting.registerClient(id, 'continue');
    expect(await leases()).toHaveLength(2);
    await queue.runs.cancel(id);
    expect([await leases(), await lookAt()]).toEqual([[], null]);
  });
});

describe('a run that is due', () => {
  test('is not cancelled if somebody waits for it', async () => {
    using waiting = attendance(0);
    await makeDue();
    waiting.registerClient(id, 'continue');
    await makeDue();
    await sweep();
    expect(await statusOf()).toBeNull();
  });

  test.each([
    ['somebody was given it who counts on it', () => queue.redis.hset(queue.keys.run(id), 'kept', '1')],
    ['its time was put off', () => queue.redis.zadd(queue.keys.watched, Date.now() + HOUR_MS, id)],
  ])('is not cancelled if %s', async (_, happen) => {
    await makeDue();
    await happen();
    await sweep();
    expect(await statusOf()).toBeNull();
  });

  test('is no more looked for when it is gone', async () => {
    await makeDue();
    await queue.redis.del(queue.keys.run(id));
    await sweep();
    expect(await lookAt()).toBeNull();
  });

  test('is cancelled once, whoever looks', async () => {
    await makeDue();
    await Promise.all([sweep(), sweep(), sweep()]);
    expect([await statusOf(), await lookAt()]).toEqual(['cancelled', null]);
    expect((await queue.runs.load(id))?.lastEvent).toBe(1);
  });
});

describe('who waits', () => {
  test('puts the look off for as long as it is there, and begins the grace when it leaves', async () => {
    using waiting = attendance(HOUR_MS);
    const first = waiting.registerClient(id, 'cancel');
    const begun = (await lookAt()) ?? 0;
    expect(begun).toBeGreaterThan(Date.now() + HOUR_MS);
    const second = waiting.registerClient(id, 'continue');
    first.leave('left');
    expect(await lookAt()).toBeGreaterThanOrEqual(begun);
    second.leave('left');
    expect(await lookAt()).toBeLessThan(begun);
    await sweep();
    expect(await statusOf()).toBeNull();
  });

  test('is there for longer than its lease, until its process dies; then a worker cancels the run', async () => {
    const apart = openQueue({ sweepMs: HOUR_MS });
    await using _apart = apart;
    id = await apart.begin();
    using waiting = openAttendance(apart.redis, apart.keys, 0, 600);
    waiting.registerClient(id, 'cancel');
    const first = await apart.redis.zscore(apart.keys.watched, id);
    const renewed = async () => (await apart.redis.zscore(apart.keys.watched, id)) !== first;
    await until(renewed);
    waiting.close();
    await apart.startWorker({ classify: hangs }, { janitorMs: 50 });
    expect((await apart.finished(id)).outcome).toEqual({ status: 'cancelled' });
    expect((await apart.names()).filter((name) => /^waiters:|^watched$/.test(name))).toEqual([]);
  });
});
