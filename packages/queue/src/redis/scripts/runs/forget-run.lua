-- Deletes everything stored about a run, if the run is in the required state. A run that is gone is always deleted.
-- KEYS[1] = hash: the run
-- KEYS[2] = stream: events of the run
-- KEYS[3] = sorted set: expiry of all runs
-- KEYS[4] = sorted set: runs of the caller
-- KEYS[5] = sorted set: open runs
-- KEYS[6] = sorted set: open runs of the caller
-- KEYS[7] = sorted set: runs with a webhook due
-- KEYS[8] = hash: delivery job of each run
-- KEYS[9] = sorted set: runs that no worker has started
-- KEYS[10] = sorted set: runs of the thread
-- KEYS[11] = sorted set: threads of the caller
-- ARGV[1] = id of the run
-- ARGV[2] = required state: 'finished', 'untouched' (not started, returned to one client only) or 'any'
-- ARGV[3] = member of the run in the expiry set
-- ARGV[4] = thread of the run
-- Returns 0 if the run is in another state; else the id of its delivery job, or 1 if it has none.
local run, log, expiry, caller_runs = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local open_runs, caller_open_runs, webhooks_due, deliveries, waiting = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local thread, threads = KEYS[10], KEYS[11]
local id, required_state, expiry_member, thread_id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local fields = redis.call('HMGET', run, 'outcome', 'idempotency', 'inFlight', 'events', 'shared', 'answered')
local outcome, idempotency, in_flight, events, shared = fields[1], fields[2], fields[3], fields[4], fields[5]
local answered = fields[6]
if redis.call('EXISTS', run) == 1 then
  if required_state == 'finished' and not outcome then return 0 end
  if required_state == 'untouched' and (events or shared) then return 0 end
end
if idempotency and redis.call('HGET', idempotency, 'run') == id then redis.call('DEL', idempotency) end
if in_flight and redis.call('GET', in_flight) == id then redis.call('DEL', in_flight) end
if answered and redis.call('GET', answered) == id then redis.call('DEL', answered) end
redis.call('DEL', run, log)
redis.call('ZREM', expiry, expiry_member)
redis.call('ZREM', caller_runs, id)
redis.call('ZREM', thread, id)
local newest = redis.call('ZRANGE', thread, -1, -1, 'WITHSCORES')
if newest[1] then
  redis.call('ZADD', threads, 'XX', newest[2], thread_id)
else
  redis.call('ZREM', threads, thread_id)
end
redis.call('ZREM', open_runs, id)
redis.call('ZREM', caller_open_runs, id)
redis.call('ZREM', webhooks_due, id)
redis.call('ZREM', waiting, id)
local delivery = redis.call('HGET', deliveries, id)
redis.call('HDEL', deliveries, id)
return delivery or 1
