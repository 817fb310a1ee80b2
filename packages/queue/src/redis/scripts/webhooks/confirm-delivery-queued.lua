-- Marks the webhook of a run as queued, unless another delivery has replaced the one that was queued.
-- KEYS[1] = sorted set: runs with a webhook due
-- KEYS[2] = hash: delivery job of each run
-- ARGV[1] = id of the run
-- ARGV[2] = id of the delivery job that was queued; '' for none
-- Returns 1 if marked, 0 if the delivery was replaced or was marked before.
local webhooks_due, deliveries = KEYS[1], KEYS[2]
local id, delivery = ARGV[1], ARGV[2]

if (redis.call('HGET', deliveries, id) or '') ~= delivery then return 0 end
return redis.call('ZREM', webhooks_due, id)
