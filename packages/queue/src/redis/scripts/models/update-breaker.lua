-- Replaces the state of a circuit breaker if it has not changed since it was read, and publishes the new state.
-- KEYS[1] = hash: state of each breaker
-- ARGV[1] = name of the breaker
-- ARGV[2] = expected state as JSON; '' for none
-- ARGV[3] = new state as JSON; '' for none
-- ARGV[4] = channel for the message
-- ARGV[5] = message
-- ARGV[6] = lifetime of all breakers after the last update, ms
-- Returns {1, new state} if replaced, else {0, current state}.
local breakers = KEYS[1]
local name, expected, new, channel, message, lifetime = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local current = redis.call('HGET', breakers, name) or ''
if current ~= expected then return {0, current} end
if new == '' then
  redis.call('HDEL', breakers, name)
else
  redis.call('HSET', breakers, name, new)
end
redis.call('PEXPIRE', breakers, lifetime)
redis.call('PUBLISH', channel, message)
return {1, new}
