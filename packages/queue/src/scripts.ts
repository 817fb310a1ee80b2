import type { Connection } from './connection.ts';

/**
 * The writes that must see and change a run as one. Each refuses a run that is not there (deleted or expired), because
 * writing to it would bring back a key that nothing removes.
 */
const SCRIPTS = {
  /** run | field, record, ended → 1 stored, 0 the stage had ended before (its record stays), -1 no such run */
  putStage: `
    if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
    if redis.call('HEXISTS', KEYS[1], 'ended:' .. ARGV[1]) == 1 then return 0 end
    redis.call('HSET', KEYS[1], 'stage:' .. ARGV[1], ARGV[2])
    if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'ended:' .. ARGV[1], '1') end
    return 1`,
  /** run | route → 1, or -1 no such run */
  takeRoute: `
    if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
    redis.call('HSET', KEYS[1], 'route', ARGV[1])
    return 1`,
  /** run | id, settled, now, retention in seconds, channel → 1 settled, 0 it was settled before, -1 no such run */
  settle: `
    if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
    if redis.call('HSETNX', KEYS[1], 'settled', ARGV[2]) == 0 then return 0 end
    redis.call('HSET', KEYS[1], 'settledAt', ARGV[3])
    redis.call('EXPIRE', KEYS[1], ARGV[4])
    redis.call('PUBLISH', ARGV[5], ARGV[1])
    return 1`,
  /** holds | model, until → keeps the later of two times */
  hold: `
    local before = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
    if tonumber(ARGV[2]) > before then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
    return 1`,
} as const;

type Script = keyof typeof SCRIPTS;
type Run = (key: string, ...args: (string | number)[]) => Promise<number>;

/** Registers the scripts with a client; they are sent once and then called by their digest. */
export function withScripts(redis: Connection): Record<Script, Run> {
  const commands = redis as unknown as Record<Script, Run>;
  for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { numberOfKeys: 1, lua });
  return {
    putStage: (...args) => commands.putStage.call(redis, ...args),
    takeRoute: (...args) => commands.takeRoute.call(redis, ...args),
    settle: (...args) => commands.settle.call(redis, ...args),
    hold: (...args) => commands.hold.call(redis, ...args),
  };
}
