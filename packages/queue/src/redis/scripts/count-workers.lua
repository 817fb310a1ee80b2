-- Counts the workers with a heartbeat in the last 10 s, by the clock of Redis.
-- KEYS[1] = sorted set: workers of the queue, by their last heartbeat in seconds
-- Returns their number.
local workers = KEYS[1]

return redis.call('ZCOUNT', workers, tonumber(redis.call('TIME')[1]) - 10, '+inf')
