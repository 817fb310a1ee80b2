-- Extends the cooldown of a model and publishes its new end. A cooldown is never shortened.
-- KEYS[1] = hash: end of the cooldown of each model
-- ARGV[1] = model
-- ARGV[2] = end of the cooldown, ms since 1970
-- ARGV[3] = channel for `<end> <model>`
-- Returns 1 if extended, 0 if the cooldown already lasts at least as long.
local cooldowns = KEYS[1]
local model, ends_at, channel = ARGV[1], ARGV[2], ARGV[3]

local previous = tonumber(redis.call('HGET', cooldowns, model) or '0')
if tonumber(ends_at) <= previous then return 0 end
redis.call('HSET', cooldowns, model, ends_at)
redis.call('PUBLISH', channel, ends_at .. ' ' .. model)
return 1
