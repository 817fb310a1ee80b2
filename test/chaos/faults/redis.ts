import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../system/until.ts';
import type { Fault } from './fault.ts';

export const redisRestarted: Fault = {
  name: 'redis-restarted',
  description: 'kill -9 of Redis and a restart with the data on disk',
  where: 'single',
  async inject({ system, history, random }) {
    const { process } = await system.store.master();
    const end = history.incident('away', process.name);
    await process.kill();
    await sleep(random.between(200, 2_000));
    await process.start();
    end();
  },
};

export const redisPaused: Fault = {
  name: 'redis-paused',
  description: 'SIGSTOP of Redis for longer than the lock duration',
  where: 'single',
  async inject({ system, history }) {
    const { process } = await system.store.master();
    const end = history.incident('away', process.name);
    process.signal('SIGSTOP');
    await sleep(10_000);
    process.signal('SIGCONT');
    end();
  },
};

/**
 * A killed process loses no written data, because the kernel has it. A power failure loses data without fsync: with
 * `everysec` the last second, which this fault truncates. With `always` it truncates nothing.
 */
export const powerCut: Fault = {
  name: 'power-cut',
  description: 'kill -9 of Redis and loss of the end of its append-only file without fsync',
  where: 'single',
  async inject({ system, history }) {
    const { process, files } = await system.store.master();
    const file = join(files, await newestFile(files));
    const { size } = await stat(file);
    const loses = system.store.fsync === 'everysec';
    const endLoss = loses ? history.incident('loss', process.name) : () => {};
    await sleep(1_000);
    const end = history.incident('away', process.name);
    await process.kill();
    if (loses) await truncate(file, size);
    await process.start();
    end();
    endLoss();
  },
};

async function newestFile(dir: string): Promise<string> {
  const numbers = (await readdir(dir)).flatMap((name) => /\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? []);
  return `appendonly.aof.${Math.max(...numbers.map(Number))}.incr.aof`;
}

export const connectionsCut: Fault = {
  name: 'connections-cut',
  description: 'CLIENT KILL of every connection to Redis',
  async inject({ system, history }) {
    const redis = await system.store.master();
    const end = history.incident('away', redis.process.name);
    for (const type of ['normal', 'pubsub'])
      await redis.command('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
    end();
  },
};

export const memoryFull: Fault = {
  name: 'memory-full',
  description: 'Redis reaches its memory limit and rejects writes (noeviction)',
  async inject({ system, history, brief }) {
    const redis = await system.store.master();
    const end = history.incident('away', redis.process.name);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1mb');
    await sleep(brief ? 2_000 : 5_000);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    end();
  },
};

/** Replication is asynchronous: writes that did not reach the replica are lost. */
export const failover: Fault = {
  name: 'failover',
  description: 'kill -9 of the master; the sentinels promote the replica, and the master restarts as replica',
  where: 'sentinel',
  async inject({ system, history }) {
    const old = await system.store.master();
    const endLoss = history.incident('loss', old.process.name);
    const end = history.incident('away', old.process.name);
    await old.process.kill();
    await waitUntil('the replica is the master', async () => (await system.store.master()) !== old);
    end();
    endLoss();
    await old.process.start();
    await waitUntil('the old master is the replica', async () =>
      (await old.command('INFO', 'replication')).includes('master_link_status:up'),
    );
  },
};
