-- Checks whether a run is to be cancelled: its check is due and no client holds a lease. Removes the check of a run that
-- has ended, is gone or must continue. Uses the clock of Redis.
-- KEYS[1] = hash: the run
-- KEYS[2] = sorted set: clients of the run, by the end of their lease
-- KEYS[3] = sorted set: runs to check, by the time of the check
-- ARGV[1] = id of the run
-- Returns 1 if abandoned, else 0.
local run, clients, checks = KEYS[1], KEYS[2], KEYS[3]
local id = ARGV[1]

local now = now_ms()
local fields = redis.call('HMGET', run, 'createdAt', 'finishedAt', 'mustContinue')
local created_at, finished_at, must_continue = fields[1], fields[2], fields[3]
if not created_at or finished_at or must_continue then
  redis.call('ZREM', checks, id)
  return 0
end
local check_at = redis.call('ZSCORE', checks, id)
if not check_at or tonumber(check_at) > now then return 0 end
return redis.call('ZCOUNT', clients, now, '+inf') == 0 and 1 or 0
