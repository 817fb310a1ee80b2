-- Starts a new delivery of a finished run's webhook. It replaces a delivery that is still open.
-- KEYS[1] = hash: the run
-- KEYS[2] = sorted set: runs with a webhook due
-- KEYS[3] = hash: delivery job of each run
-- ARGV[1] = id of the run
-- ARGV[2] = current time, ms since 1970
-- Each redelivery of a run doubles the pause before the next one: 10 s after the first, up to an hour. Uses the clock of
-- Redis for it.
-- Returns 0 if there is nothing to deliver; {ms} if the pause lasts so much longer; else the id of the delivery job that
-- was replaced, or 1 if there was none.
local run, webhooks_due, deliveries = KEYS[1], KEYS[2], KEYS[3]
local id, now = ARGV[1], ARGV[2]

if redis.call('HEXISTS', run, 'webhook') == 0 then return 0 end
if redis.call('HEXISTS', run, 'outcome') == 0 then return 0 end
local time, next_at = now_ms(), tonumber(redis.call('HGET', run, 'redeliverAt') or '0')
if next_at > time then return {next_at - time} end
local replaced = redis.call('HGET', deliveries, id)
local count = redis.call('HINCRBY', run, 'redeliveries', 1)
local pause = math.min(3600000, 10000 * 2 ^ (count - 1))
redis.call('HSET', run, 'redeliverAt', string.format('%.0f', time + pause))
redis.call('HSET', run, 'webhookStatus', 'pending', 'webhookAt', now)
redis.call('HSET', deliveries, id, id .. '.webhook.' .. count)
redis.call('ZADD', webhooks_due, now, id)
return replaced or 1
