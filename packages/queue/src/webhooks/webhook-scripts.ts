/** Begins a delivery: it is due until BullMQ has its job. An earlier one is over, wherever its job is. */
export const DELIVER = `
  local function deliver(run, due, deliveries, id, delivery, now)
    redis.call('HSET', run, 'webhookStatus', 'pending', 'webhookAt', now)
    redis.call('HSET', deliveries, id, delivery)
    redis.call('ZADD', due, now, id)
  end`;

/** The writes about webhooks that must see and change a run as one. */
export const WEBHOOK_SCRIPTS = {
  /**
   * run, webhooks due, deliveries | id, now
   * → 0 there is nothing to deliver; else the job of the delivery this one takes the place of, or 1
   */
  redeliver: {
    keys: 3,
    lua: `${DELIVER}
      if redis.call('HEXISTS', KEYS[1], 'webhook') == 0 then return 0 end
      if redis.call('HEXISTS', KEYS[1], 'settled') == 0 then return 0 end
      local before = redis.call('HGET', KEYS[3], ARGV[1])
      local count = redis.call('HINCRBY', KEYS[1], 'redeliveries', 1)
      deliver(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[1] .. '.webhook.' .. count, ARGV[2])
      return before or 1`,
  },
  /** webhooks due, deliveries | id, delivery or '' → takes it for queued, unless another one has taken its place */
  queued: {
    keys: 2,
    lua: `
      if (redis.call('HGET', KEYS[2], ARGV[1]) or '') ~= ARGV[2] then return 0 end
      return redis.call('ZREM', KEYS[1], ARGV[1])`,
  },
  /**
   * run, deliveries | id, delivery, attempt, status, when the next one is made or '', attempts to keep
   * → 1 stored, 0 stored, but another delivery has taken its place, -1 no such run
   */
  attempted: {
    keys: 2,
    lua: `
      if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
      local number = redis.call('HINCRBY', KEYS[1], 'attempts', 1)
      redis.call('HSET', KEYS[1], 'attempt:' .. number, ARGV[3])
      redis.call('HDEL', KEYS[1], 'attempt:' .. (number - ARGV[6]))
      if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
      redis.call('HSET', KEYS[1], 'webhookStatus', ARGV[4])
      if ARGV[5] ~= '' then
        redis.call('HSET', KEYS[1], 'webhookAt', ARGV[5])
      else
        redis.call('HDEL', KEYS[1], 'webhookAt')
        redis.call('HDEL', KEYS[2], ARGV[1])
      end
      return 1`,
  },
} as const;
