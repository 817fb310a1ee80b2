-- Releases the lease of a client. After the last one, a run with a scheduled check is checked when the grace period
-- ends; if that client was told that the run continues, the check is removed. Uses the clock of Redis.
-- KEYS[1] = sorted set: clients of the run, by the end of their lease
-- KEYS[2] = sorted set: runs to check, by the time of the check
-- ARGV[1] = id of the run
-- ARGV[2] = id of the client
-- ARGV[3] = grace period, ms
-- ARGV[4] = 'answered' if the client got a response, 'left' if it disconnected
-- Returns 1.
local clients, checks = KEYS[1], KEYS[2]
local id, client, grace, reason = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREM', clients, client)
if redis.call('ZCOUNT', clients, now, '+inf') > 0 then return 1 end
if reason == 'answered' then
  redis.call('ZREM', checks, id)
else
  redis.call('ZADD', checks, 'XX', now + grace, id)
end
return 1
