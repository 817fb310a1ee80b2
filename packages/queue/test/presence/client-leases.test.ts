import { hangs } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type ClientLease,
  createAbandonmentScan,
  createClientLeases,
} from '../../src/presence/client-leases.ts';
import { openQueue, type Queue, until } from '../queue.ts';

const HOUR_MS = 3_600_000;

let queue: Queue;
let scan: () => Promise<void>;
let id: string;
beforeAll(() => {
  queue = openQueue({ abandonmentScanMs: HOUR_MS });
  const store = queue.createStore();
  scan = createAbandonmentScan(queue.redis, queue.keys, store);
});
afterAll(() => queue[Symbol.asyncDispose]());
beforeEach(async () => {
  id = await queue.begin();
});

const statusOf = async () => (await queue.run(id)).outcome?.status ?? null;
const checkAt = async () => {
  const at = await queue.redis.zscore(queue.keys.abandonmentChecks, id);
  return at === null ? null : Number(at);
};
const listLeases = () => queue.redis.zrange(queue.keys.clients(id), '0', '-1');
/** Makes the check of the run due. */
const makeDue = () => queue.redis.zadd(queue.keys.abandonmentChecks, 1, id);

/** Uses the connection of the test, so that its commands precede those of the test. */
const openLeases = (graceMs: number, leaseMs?: number) =>
  createClientLeases(queue.redis, queue.keys, graceMs, leaseMs);

describe('a run is not checked for abandonment', () => {
  test("for a client with 'continue'", async () => {
    using leases = openLeases(0);
    const client = leases.registerClient(id, 'continue');
    expect(await listLeases()).toHaveLength(1);
    client.release('disconnected');
    expect([await listLeases(), await checkAt()]).toEqual([[], null]);
  });

  test('when it has finished or does not exist', async () => {
    using leases = openLeases(0);
    const early = leases.registerClient(id, 'cancel');
    expect(await early.firstCheck).toBe(false);
    await queue.runs.cancel(id);
    early.release('finished');
    expect(await leases.registerClient(id, 'cancel').firstCheck).toBe(true);
    expect([await listLeases(), await checkAt()]).toEqual([[], null]);
    id = '00000000-0000-4000-8000-000000000000';
    leases.registerClient(id, 'cancel').release('disconnected');
    expect([await listLeases(), await checkAt()]).toEqual([[], null]);
  });

  test("when a client with 'continue' joined it", async () => {
    using leases = openLeases(0);
    await queue.redis.hset(queue.keys.run(id), 'mustContinue', '1');
    leases.registerClient(id, 'cancel').release('disconnected');
    expect(await checkAt()).toBeNull();
  });

  test('after its last client received a response', async () => {
    using leases = openLeases(0);
    leases.registerClient(id, 'cancel').release('answered');
    expect(await checkAt()).toBeNull();
    leases.registerClient(id, 'cancel').release('disconnected');
    leases.registerClient(id, 'continue').release('answered');
    expect(await checkAt()).toBeNull();
  });

  test('after it finishes, and its leases are deleted', async () => {
    using leases = openLeases(0);
    leases.registerClient(id, 'cancel');
    leases.registerClient(id, 'continue');
    expect(await listLeases()).toHaveLength(2);
    await queue.runs.cancel(id);
    expect([await listLeases(), await checkAt()]).toEqual([[], null]);
  });
});

describe('a run whose check is due', () => {
  test('is not cancelled while a client holds a lease', async () => {
    using leases = openLeases(0);
    await makeDue();
    leases.registerClient(id, 'continue');
    await makeDue();
    await scan();
    expect(await statusOf()).toBeNull();
  });

  test.each([
    [
      "a client with 'continue' has joined it",
      () => queue.redis.hset(queue.keys.run(id), 'mustContinue', '1'),
    ],
    [
      'its check was postponed',
      () => queue.redis.zadd(queue.keys.abandonmentChecks, Date.now() + HOUR_MS, id),
    ],
  ])('is not cancelled if %s', async (_, happen) => {
    await makeDue();
    await happen();
    await scan();
    expect(await statusOf()).toBeNull();
  });

  test.each<[string, (client: ClientLease) => void]>([
    ['registers', () => {}],
    ['registers and disconnects again', (client) => client.release('disconnected')],
  ])('is not cancelled if a client %s after the scan has listed it', async (_, next) => {
    const [first, second] = [id, await queue.begin()];
    using leases = openLeases(HOUR_MS);
    const { redis, keys } = queue;
    await redis.zadd(keys.abandonmentChecks, 1, first, 2, second);
    const store = queue.createStore();
    const cancelled: string[] = [];
    await createAbandonmentScan(redis, keys, {
      async finish(run, ...rest) {
        cancelled.push(run);
        const client = leases.registerClient(second, 'cancel');
        await client.firstCheck;
        next(client);
        return store.finish(run, ...rest);
      },
    })();
    expect(cancelled).toEqual([first]);
    expect((await queue.run(second)).outcome).toBeNull();
  });

  test('is not cancelled while a client renews its lease, even if the check stays due', async () => {
    using leases = openLeases(0);
    await leases.registerClient(id, 'cancel').firstCheck;
    await makeDue();
    await scan();
    expect(await statusOf()).toBeNull();
  });

  test('is not checked again when it is gone', async () => {
    await makeDue();
    await queue.redis.del(queue.keys.run(id));
    await scan();
    expect(await checkAt()).toBeNull();
  });

  test('is cancelled once by concurrent scans', async () => {
    await makeDue();
    await Promise.all([scan(), scan(), scan()]);
    expect([await statusOf(), await checkAt()]).toEqual(['cancelled', null]);
    expect((await queue.runs.load(id))?.lastEvent).toBe(1);
  });
});

describe('a lease', () => {
  test('postpones the check while it is held, and starts the grace period when it is released', async () => {
    using leases = openLeases(HOUR_MS);
    const first = leases.registerClient(id, 'cancel');
    const begun = (await checkAt()) ?? 0;
    expect(begun).toBeGreaterThan(Date.now() + HOUR_MS);
    const second = leases.registerClient(id, 'continue');
    first.release('disconnected');
    expect(await checkAt()).toBeGreaterThanOrEqual(begun);
    second.release('disconnected');
    expect(await checkAt()).toBeLessThan(begun);
    await scan();
    expect(await statusOf()).toBeNull();
  });

  test('is renewed until its process dies; then a worker cancels the run', async () => {
    const other = openQueue({ abandonmentScanMs: HOUR_MS });
    await using _other = other;
    id = await other.begin();
    using leases = createClientLeases(other.redis, other.keys, 0, 600);
    leases.registerClient(id, 'cancel');
    const first = await other.redis.zscore(other.keys.abandonmentChecks, id);
    const renewed = async () => (await other.redis.zscore(other.keys.abandonmentChecks, id)) !== first;
    await until(renewed);
    leases.close();
    await other.startWorker({ classify: hangs }, { maintenanceMs: 50 });
    expect((await other.finished(id)).outcome).toEqual({ status: 'cancelled' });
    expect((await other.names()).filter((name) => /^clients:|^abandonment-checks$/.test(name))).toEqual([]);
  });
});
