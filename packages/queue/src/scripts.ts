import type { Connection } from './connection.ts';

/** Tells who follows a run what happened: appends to its event log, under the run's own sequence, and wakes them. */
const TELL = `
  local function tell(run, log, channel, event, cost)
    local total = redis.call('HGET', run, 'cost')
    if cost ~= '' then total = redis.call('HINCRBYFLOAT', run, 'cost', cost) end
    local sequence = redis.call('HINCRBY', run, 'events', 1)
    redis.call('XADD', log, 'MAXLEN', '~', '5000', sequence .. '-0', 'event', event, 'cost', total or '')
    if sequence == 1 then redis.call('PEXPIRE', log, redis.call('PTTL', run)) end
    redis.call('PUBLISH', channel, sequence)
  end`;

/**
 * The writes that must see and change a run as one. Each refuses a run that is not there (deleted or expired), because
 * writing to it would bring back a key that nothing removes.
 */
const SCRIPTS = {
  /** run, log | channel, event → 1 told, -1 no such run */
  tell: {
    keys: 2,
    lua: `${TELL}
      if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
      tell(KEYS[1], KEYS[2], ARGV[1], ARGV[2], '')
      return 1`,
  },
  /**
   * run, log | channel, event, cost since the last record, stage, record, ended
   * → 1 stored, 0 the stage had ended before (its record stays), -1 no such run
   */
  putStage: {
    keys: 2,
    lua: `${TELL}
      if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
      if redis.call('HEXISTS', KEYS[1], 'ended:' .. ARGV[4]) == 1 then return 0 end
      redis.call('HSET', KEYS[1], 'stage:' .. ARGV[4], ARGV[5])
      if ARGV[6] == '1' then redis.call('HSET', KEYS[1], 'ended:' .. ARGV[4], '1') end
      tell(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
      return 1`,
  },
  /** run, log | channel, event, route → 1 taken, 0 taken before, -1 no such run */
  takeRoute: {
    keys: 2,
    lua: `${TELL}
      if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
      if redis.call('HGET', KEYS[1], 'route') == ARGV[3] then return 0 end
      redis.call('HSET', KEYS[1], 'route', ARGV[3])
      tell(KEYS[1], KEYS[2], ARGV[1], ARGV[2], '')
      return 1`,
  },
  /**
   * run, log | channel, event, id, settled, now, retention in seconds, channel of endings
   * → 1 settled, 0 it was settled before, -1 no such run
   */
  settle: {
    keys: 2,
    lua: `${TELL}
      if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
      if redis.call('HSETNX', KEYS[1], 'settled', ARGV[4]) == 0 then return 0 end
      redis.call('HSET', KEYS[1], 'settledAt', ARGV[5])
      redis.call('EXPIRE', KEYS[1], ARGV[6])
      tell(KEYS[1], KEYS[2], ARGV[1], ARGV[2], '')
      redis.call('EXPIRE', KEYS[2], ARGV[6])
      redis.call('PUBLISH', ARGV[7], ARGV[3])
      return 1`,
  },
  /** holds | model, until → keeps the later of two times */
  hold: {
    keys: 1,
    lua: `
      local before = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
      if tonumber(ARGV[2]) > before then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
      return 1`,
  },
} as const;

type Script = keyof typeof SCRIPTS;
type Call = (keys: readonly string[], args: readonly (string | number)[]) => Promise<number>;

/** Registers the scripts with a client; they are sent once and then called by their digest. */
export function withScripts(redis: Connection): Record<Script, Call> {
  const commands = redis as unknown as Record<Script, (...args: (string | number)[]) => Promise<number>>;
  const calls = Object.entries(SCRIPTS).map(([name, { keys, lua }]) => {
    redis.defineCommand(name, { numberOfKeys: keys, lua });
    const call: Call = (given, args) => commands[name as Script](...given, ...args);
    return [name, call] as const;
  });
  return Object.fromEntries(calls) as Record<Script, Call>;
}
