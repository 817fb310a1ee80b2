-- Releases the lease of a client. After the last lease, the check of the run for abandonment is due when the grace period
-- ends; it is removed if the last client received a response. Uses the clock of Redis.
-- KEYS[1] = sorted set: clients of the run, by the end of their lease
-- KEYS[2] = sorted set: runs to check, by the time of the check
-- ARGV[1] = id of the run
-- ARGV[2] = id of the client
-- ARGV[3] = grace period, ms
-- ARGV[4] = 'answered' if the client received a response, 'disconnected' if not
-- Returns 1.
local clients, checks = KEYS[1], KEYS[2]
local id, client, grace, reason = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local now = now_ms()
redis.call('ZREM', clients, client)
if redis.call('ZCOUNT', clients, now, '+inf') > 0 then return 1 end
if reason == 'answered' then
  redis.call('ZREM', checks, id)
else
  redis.call('ZADD', checks, 'XX', now + grace, id)
end
return 1
