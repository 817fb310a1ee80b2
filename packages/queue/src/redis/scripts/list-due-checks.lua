-- Lists runs whose check for abandonment is due by the clock of Redis.
-- KEYS[1] = sorted set: runs to check, by the time of the check
-- ARGV[1] = maximum number of runs
-- Returns their ids, the longest overdue first.
local checks = KEYS[1]
local max = ARGV[1]

local now = now_ms()
return redis.call('ZRANGE', checks, '-inf', now, 'BYSCORE', 'LIMIT', 0, max)
