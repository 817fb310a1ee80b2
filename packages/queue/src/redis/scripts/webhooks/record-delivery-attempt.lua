-- Stores an attempt to deliver a run's webhook and updates the state of the delivery.
-- KEYS[1] = hash: the run
-- KEYS[2] = hash: delivery job of each run
-- ARGV[1] = id of the run
-- ARGV[2] = id of the delivery job
-- ARGV[3] = attempt as JSON
-- ARGV[4] = status of the webhook
-- ARGV[5] = time of the next attempt, ms since 1970; '' ends the delivery
-- ARGV[6] = number of attempts to keep per run
-- Returns 1 if stored, 0 if stored but another delivery has replaced this one, -1 if there is no such run.
local run, deliveries = KEYS[1], KEYS[2]
local id, delivery, attempt, status, next_at, attempts_kept = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

if redis.call('EXISTS', run) == 0 then return -1 end
local number = redis.call('HINCRBY', run, 'attempts', 1)
redis.call('HSET', run, 'attempt:' .. number, attempt)
redis.call('HDEL', run, 'attempt:' .. (number - attempts_kept))
if redis.call('HGET', deliveries, id) ~= delivery then return 0 end
redis.call('HSET', run, 'webhookStatus', status)
if next_at ~= '' then
  redis.call('HSET', run, 'webhookAt', next_at)
else
  redis.call('HDEL', run, 'webhookAt')
  redis.call('HDEL', deliveries, id)
end
return 1
