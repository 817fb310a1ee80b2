-- Registers a client that waits for a run, or renews its lease. The run is checked for abandonment a grace period after
-- the last lease ends: a client with 'cancel' schedules the check, every client postpones it. Uses the clock of Redis.
-- KEYS[1] = hash: the run
-- KEYS[2] = sorted set: clients of the run, by the end of their lease
-- KEYS[3] = sorted set: runs to check, by the time of the check
-- ARGV[1] = id of the run
-- ARGV[2] = id of the client
-- ARGV[3] = length of the lease, ms
-- ARGV[4] = grace period, ms
-- ARGV[5] = what the client wants on disconnect: 'cancel' or 'continue'
-- Returns 1 if registered, 0 if the run has ended or is gone.
local run, clients, checks = KEYS[1], KEYS[2], KEYS[3]
local id, client, lease, grace, on_disconnect = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local now = now_ms()
local fields = redis.call('HMGET', run, 'createdAt', 'finishedAt', 'mustContinue')
local created_at, finished_at, must_continue = fields[1], fields[2], fields[3]
if not created_at or finished_at then return 0 end
redis.call('ZADD', clients, now + lease, client)
redis.call('PEXPIRE', clients, lease * 2)
if on_disconnect == 'cancel' and not must_continue then
  redis.call('ZADD', checks, 'GT', now + lease + grace, id)
else
  redis.call('ZADD', checks, 'XX', 'GT', now + lease + grace, id)
end
return 1
