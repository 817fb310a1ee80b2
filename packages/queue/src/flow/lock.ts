import type { Connection } from '../redis/connection.ts';
import { defineScripts } from '../redis/scripts.ts';

const SCRIPTS = {
  /** active jobs, lock of the job, stalled jobs | job, token, ms → 1 it is the token's, 0 it is another's or nobody's */
  regain: {
    keys: 3,
    lua: `
      local holder = redis.call('GET', KEYS[2])
      if holder then return holder == ARGV[2] and 1 or 0 end
      if not redis.call('LPOS', KEYS[1], ARGV[1]) then return 0 end
      redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
      redis.call('SREM', KEYS[3], ARGV[1])
      return 1`,
  },
} as const;

/**
 * Takes the lock of a job again that ran out while Redis was away, unless the job was given to another worker by then.
 * The names of keys are BullMQ's.
 * @returns whether the job is still the token's
 */
export function openLocks(redis: Connection, prefix: string, lockMs: number) {
  const scripts = defineScripts(redis, SCRIPTS);
  return async function regain(queue: string, job: string, token: string): Promise<boolean> {
    const base = `${prefix}:${queue}`;
    const keys = [`${base}:active`, `${base}:${job}:lock`, `${base}:stalled`];
    return (await scripts.regain(keys, [job, token, lockMs])) === 1;
  };
}
