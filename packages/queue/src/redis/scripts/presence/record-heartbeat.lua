-- Records that a worker is alive and removes workers that have been silent for 10 s, by the clock of Redis.
-- KEYS[1] = sorted set: workers of the queue, by their last heartbeat in seconds
-- ARGV[1] = id of the worker
-- Returns 1.
local workers = KEYS[1]
local worker = ARGV[1]

local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', workers, now, worker)
redis.call('ZREMRANGEBYSCORE', workers, '-inf', now - 10)
return 1
