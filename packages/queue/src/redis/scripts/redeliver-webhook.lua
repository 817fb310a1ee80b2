-- Starts a new delivery of a finished run's webhook. It replaces a delivery that is still open.
-- KEYS[1] = hash: the run
-- KEYS[2] = sorted set: runs with a webhook due
-- KEYS[3] = hash: delivery job of each run
-- ARGV[1] = id of the run
-- ARGV[2] = current time, ms since 1970
-- Returns 0 if there is nothing to deliver; else the id of the delivery job that was replaced, or 1 if there was none.
local run, webhooks_due, deliveries = KEYS[1], KEYS[2], KEYS[3]
local id, now = ARGV[1], ARGV[2]

if redis.call('HEXISTS', run, 'webhook') == 0 then return 0 end
if redis.call('HEXISTS', run, 'outcome') == 0 then return 0 end
local replaced = redis.call('HGET', deliveries, id)
local count = redis.call('HINCRBY', run, 'redeliveries', 1)
redis.call('HSET', run, 'webhookStatus', 'pending', 'webhookAt', now)
redis.call('HSET', deliveries, id, id .. '.webhook.' .. count)
redis.call('ZADD', webhooks_due, now, id)
return replaced or 1
