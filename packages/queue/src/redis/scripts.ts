import { COMMIT } from '../jobs/commit-script.ts';
import { WEBHOOK_SCRIPTS } from '../webhooks/webhook-scripts.ts';
import type { Connection } from './connection.ts';

/**
 * The writes that must see and change a run as one. Each refuses a run that is not there (deleted or expired), because
 * writing to it would bring back a key that nothing removes.
 */
const SCRIPTS = {
  ...WEBHOOK_SCRIPTS,
  /**
   * run, jobs of the caller, expiry, idempotency, under way, open runs, open runs of the caller,
   * unchecked
   * | id, now, seconds to keep it if it does not end, seconds the idempotency key lives or '', to coalesce what is to
   *   happen when its waiters leave (`cancel` or `continue`) or '', fingerprint, prefix of run keys, member of expiry,
   *   most runs that may be open, most of the caller's or '', fields and values of the run …
   * → outcome, id
   */
  submit: {
    keys: 8,
    lua: `
      if ARGV[4] ~= '' then
        local found = redis.call('HMGET', KEYS[4], 'run', 'fingerprint')
        if found[1] and redis.call('EXISTS', ARGV[7] .. found[1]) == 1 then
          if found[2] ~= ARGV[6] then return {'conflict', found[1]} end
          redis.call('HSET', ARGV[7] .. found[1], 'shared', '1')
          return {'same', found[1]}
        end
      end
      if ARGV[5] ~= '' then
        local found = redis.call('GET', KEYS[5])
        if found and redis.call('EXISTS', ARGV[7] .. found) == 1 then
          redis.call('HSET', ARGV[7] .. found, 'shared', '1')
          -- One of those it was given to counts on its going on.
          if ARGV[5] ~= 'cancel' or redis.call('HGET', ARGV[7] .. found, 'onDisconnect') ~= 'cancel' then
            redis.call('HSET', ARGV[7] .. found, 'kept', '1')
          end
          return {'joined', found}
        end
      end
      local now = tonumber(redis.call('TIME')[1])
      -- Runs that are gone without an end are dropped only when they are in the way.
      local function full(open, most)
        if redis.call('ZCARD', open) < most then return false end
        redis.call('ZREMRANGEBYSCORE', open, '-inf', now)
        return redis.call('ZCARD', open) >= most
      end
      if ARGV[10] ~= '' and full(KEYS[7], tonumber(ARGV[10])) then return {'crowded', ''} end
      if full(KEYS[6], tonumber(ARGV[9])) then return {'full', ''} end
      for i = 6, ARGV[10] ~= '' and 7 or 6 do
        redis.call('ZADD', KEYS[i], now + ARGV[3], ARGV[1])
        redis.call('EXPIRE', KEYS[i], ARGV[3])
      end
      if ARGV[4] ~= '' then
        redis.call('HSET', KEYS[4], 'run', ARGV[1], 'fingerprint', ARGV[6])
        redis.call('EXPIRE', KEYS[4], ARGV[4])
      end
      if ARGV[5] ~= '' then redis.call('SET', KEYS[5], ARGV[1], 'EX', ARGV[3]) end
      redis.call('HSET', KEYS[1], unpack(ARGV, 11))
      redis.call('EXPIRE', KEYS[1], ARGV[3])
      redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
      redis.call('ZADD', KEYS[3], (now + ARGV[3]) * 1000, ARGV[8])
      redis.call('ZADD', KEYS[8], now * 1000, ARGV[1])
      return {'new', ARGV[1]}`,
  },
  /**
   * run, log, expiry, jobs of the caller, open runs, open runs of the caller, webhooks due, deliveries
   * | id, which: `settled`, `untouched` (not begun, and nobody else was given it) or `any`, member of expiry
   * → 0 it is not one of which; else nothing of it is left: 1, or the job that was to deliver its webhook
   */
  forget: {
    keys: 8,
    lua: `
      local run = redis.call('HMGET', KEYS[1], 'settled', 'idempotency', 'underWay', 'events', 'shared')
      if redis.call('EXISTS', KEYS[1]) == 1 then
        if ARGV[2] == 'settled' and not run[1] then return 0 end
        if ARGV[2] == 'untouched' and (run[4] or run[5]) then return 0 end
      end
      if run[2] and redis.call('HGET', run[2], 'run') == ARGV[1] then redis.call('DEL', run[2]) end
      if run[3] and redis.call('GET', run[3]) == ARGV[1] then redis.call('DEL', run[3]) end
      redis.call('DEL', KEYS[1], KEYS[2])
      redis.call('ZREM', KEYS[3], ARGV[3])
      for i = 4, 7 do redis.call('ZREM', KEYS[i], ARGV[1]) end
      local delivery = redis.call('HGET', KEYS[8], ARGV[1])
      redis.call('HDEL', KEYS[8], ARGV[1])
      return delivery or 1`,
  },
  commit: { keys: 7, lua: COMMIT },
  /** run | field, bill, what it adds to the cost of the run → 1 kept, 0 it was before, -1 no such run */
  bill: {
    keys: 1,
    lua: `
      if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
      if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
      redis.call('HINCRBYFLOAT', KEYS[1], 'cost', string.format('%.12f', tonumber(ARGV[3])))
      return 1`,
  },
  /** holds | model, until, channel → keeps the later of two times and tells it */
  hold: {
    keys: 1,
    lua: `
      local before = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
      if tonumber(ARGV[2]) <= before then return 0 end
      redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
      redis.call('PUBLISH', ARGV[3], ARGV[2] .. ' ' .. ARGV[1])
      return 1`,
  },
} as const;

interface Script {
  /** How many keys it takes. */
  readonly keys: number | 'any';
  readonly lua: string;
}
type Call = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** Registers the scripts of runs with a client. */
export const withScripts = (redis: Connection) => defineScripts(redis, SCRIPTS);

/** Registers scripts with a client; they are sent once and then called by their digest. */
export function defineScripts<Name extends string>(
  redis: Connection,
  scripts: Readonly<Record<Name, Script>>,
): Record<Name, Call> {
  const commands = redis as unknown as Record<Name, (...args: (string | number)[]) => Promise<unknown>>;
  const calls = Object.entries<Script>(scripts).map(([name, { keys, lua }]) => {
    redis.defineCommand(name, keys === 'any' ? { lua } : { numberOfKeys: keys, lua });
    const count = (given: readonly string[]) => (keys === 'any' ? [given.length] : []);
    const call: Call = (given, args) => commands[name as Name](...count(given), ...given, ...args);
    return [name, call] as const;
  });
  return Object.fromEntries(calls) as Record<Name, Call>;
}
