-- Ends a run: writes its outcome, which is written once, appends the last event, announces the end, frees what the run
-- held of limits, and starts the delivery of its webhook.
-- KEYS[1] = run hash
-- KEYS[2] = events of the run (stream)
-- KEYS[3] = runs by the time at which they expire (sorted set)
-- KEYS[4] = open runs (sorted set)
-- KEYS[5] = open runs by the time of their next check (sorted set)
-- KEYS[6] = clients waiting for the run (sorted set)
-- KEYS[7] = runs to cancel when no client waits (sorted set)
-- KEYS[8] = webhooks due (sorted set)
-- KEYS[9] = deliveries (hash)
-- ARGV[1] = id of the run
-- ARGV[2] = channel of the run's events
-- ARGV[3] = channel of finished runs
-- ARGV[4] = outcome, JSON
-- ARGV[5] = status
-- ARGV[6] = event, JSON
-- ARGV[7] = now, ms since 1970
-- ARGV[8] = retention, seconds
-- ARGV[9 …] = stages that the outcome refers to
-- Returns 1 if the run is finished, 2 if its webhook is due as well, 0 if it was over or is gone, -1 if the record of a
-- stage is missing that the outcome refers to: Redis lost it
local run, log, expiry, open, unchecked = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local waiters, watched, due, deliveries = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local id, channel, finished, outcome, status = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local event, now, retention = ARGV[6], ARGV[7], tonumber(ARGV[8])

local known = redis.call('HMGET', run, 'createdAt', 'outcome', 'events', 'cost', 'caller', 'idempotency', 'underWay',
  'webhook')
local created_at, caller, idempotency, joinable, webhook = known[1], known[5] or '', known[6], known[7], known[8]
if not created_at or known[2] then return 0 end
for i = 9, #ARGV do
  if redis.call('HEXISTS', run, 'ended:' .. ARGV[i]) == 0 then return -1 end
end

local events = tonumber(known[3] or '0') + 1
redis.call('HSET', run, 'outcome', outcome, 'finishedAt', now, 'status', status, 'events', events)
redis.call('EXPIRE', run, retention)
redis.call('XADD', log, 'MAXLEN', '~', '5000', events .. '-0', 'event', event, 'cost', known[4] or '')
redis.call('EXPIRE', log, retention)
-- By the clock of Redis, for that of a machine may be wrong; not before the run has been kept for the whole time.
local time = redis.call('TIME')
redis.call('ZADD', expiry, (time[1] + retention) * 1000 + math.ceil(time[2] / 1000), id .. '|' .. caller)
redis.call('ZREM', open, id)
redis.call('ZREM', open .. ':' .. caller, id)
redis.call('ZREM', unchecked, id)
if idempotency and redis.call('HGET', idempotency, 'run') == id and redis.call('TTL', idempotency) > retention then
  redis.call('EXPIRE', idempotency, retention)
end
if joinable and redis.call('GET', joinable) == id then redis.call('DEL', joinable) end
redis.call('DEL', waiters)
redis.call('ZREM', watched, id)
redis.call('PUBLISH', channel, events)
redis.call('PUBLISH', finished, id)
if not webhook then return 1 end
redis.call('HSET', run, 'webhookStatus', 'pending', 'webhookAt', now)
redis.call('HSET', deliveries, id, id .. '.webhook')
redis.call('ZADD', due, now, id)
return 2
