-- Finishes a run: writes its outcome once, appends and publishes the last event, removes the run from the limits on open
-- runs and starts the delivery of its webhook.
-- KEYS[1] = hash: the run
-- KEYS[2] = stream: events of the run
-- KEYS[3] = sorted set: expiry of all runs
-- KEYS[4] = sorted set: open runs
-- KEYS[5] = sorted set: open runs -> a time; their root job is checked 5 s after it
-- KEYS[6] = sorted set: clients of the run, by the end of their lease
-- KEYS[7] = sorted set: runs to check for abandonment, by the time of the check
-- KEYS[8] = sorted set: runs with a webhook due
-- KEYS[9] = hash: delivery job of each run
-- KEYS[10] = sorted set: runs that no worker has started
-- KEYS[11] = hash: turns
-- ARGV[1] = id of the run
-- ARGV[2] = channel of the run's events
-- ARGV[3] = channel of finished runs
-- ARGV[4] = outcome, JSON
-- ARGV[5] = status
-- ARGV[6] = event, JSON
-- ARGV[7] = now, ms since 1970
-- ARGV[8] = retention, seconds
-- ARGV[9] = prefix of all keys
-- ARGV[10] = diff of the result, JSON; '' if none
-- ARGV[11...] = stages that the outcome refers to
-- Returns {reply} or, if finished, {reply, creation time, route or '', cost in US dollars or '', id of the HTTP
-- request or '', its trace context or '', thread or ''}. The reply is 1 if finished, 2 if finished and its webhook is due, 0 if the run had finished before or
-- is gone, -1 if Redis lost the record of a stage that the outcome refers to.
local run, event_stream, expiry, open_runs, unconfirmed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local clients, checks, webhooks_due, deliveries, waiting = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local id, channel, finished_channel, outcome, status = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local event, now, retention = ARGV[6], ARGV[7], tonumber(ARGV[8])
local prefix, diff = ARGV[9], ARGV[10]

local known = redis.call('HMGET', run, 'createdAt', 'outcome', 'events', 'cost', 'caller', 'idempotency', 'inFlight',
  'webhook', 'route', 'requestId', 'threadId', 'traceparent')
local created_at, caller, idempotency, in_flight, webhook = known[1], known[5] or '', known[6], known[7], known[8]
local thread_id = known[11]
if not created_at or known[2] then return {0} end
for i = 11, #ARGV do
  if redis.call('HEXISTS', run, 'ended:' .. ARGV[i]) == 0 then return {-1} end
end

redis.call('HSET', run, 'outcome', outcome, 'finishedAt', now, 'status', status)
if diff ~= '' then redis.call('HSET', run, 'diff', diff) end
redis.call('EXPIRE', run, retention)
append_events(run, event_stream, channel, tonumber(known[3] or '0'), known[4], {event})
redis.call('EXPIRE', event_stream, retention)
-- By the clock of Redis, because clocks of machines may be wrong; 1 ms later, after the keys have expired.
redis.call('ZADD', expiry, now_ms() + 1 + retention * 1000,
  id .. (thread_id and '/' .. thread_id or '') .. '|' .. caller)
if thread_id then keep_thread(prefix, prefix .. ':thread:' .. thread_id, thread_id, caller, retention) end
redis.call('ZREM', open_runs, id)
if redis.call('ZCARD', open_runs) == 0 then redis.call('DEL', KEYS[11]) end
redis.call('ZREM', open_runs .. ':' .. caller, id)
redis.call('ZREM', unconfirmed, id)
redis.call('ZREM', waiting, id)
if idempotency and redis.call('HGET', idempotency, 'run') == id and redis.call('TTL', idempotency) > retention then
  redis.call('EXPIRE', idempotency, retention)
end
if in_flight and redis.call('GET', in_flight) == id then redis.call('DEL', in_flight) end
redis.call('DEL', clients)
redis.call('ZREM', checks, id)
redis.call('PUBLISH', finished_channel, id)
local run_facts = {created_at, known[9] or '', known[4] or '', known[10] or '', known[12] or '',
  thread_id or ''}
if not webhook then return {1, unpack(run_facts)} end
redis.call('HSET', run, 'webhookStatus', 'pending', 'webhookAt', now)
redis.call('HSET', deliveries, id, id .. '.webhook')
redis.call('ZADD', webhooks_due, now, id)
return {2, unpack(run_facts)}
