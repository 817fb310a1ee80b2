-- Extends the cooldown of a model and publishes its new end. A cooldown is never shortened. Removes cooldowns that are
-- over, and those that end later than any can. Uses the clock of Redis.
-- KEYS[1] = hash: end of the cooldown of each model, ms since 1970
-- KEYS[2] = hash: cause of the cooldown of each model
-- ARGV[1] = model
-- ARGV[2] = duration of the cooldown, ms
-- ARGV[3] = cause
-- ARGV[4] = channel for `<end> <model>`
-- ARGV[5] = longest duration of a cooldown, ms
-- Returns 1 if extended, 0 if the cooldown already lasts at least as long.
local ends, causes = KEYS[1], KEYS[2]
local model, duration, cause, channel, max_duration = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])

local now = now_ms()
local previous, last = 0, 0
local entries = redis.call('HGETALL', ends)
for i = 1, #entries, 2 do
  local name, ends_at = entries[i], tonumber(entries[i + 1]) or 0
  if not (ends_at > now and ends_at <= now + max_duration) then
    redis.call('HDEL', ends, name)
    redis.call('HDEL', causes, name)
  else
    if name == model then previous = ends_at end
    last = math.max(last, ends_at)
  end
end

local ends_at = now + duration
local is_extended = ends_at > previous
if is_extended then
  local text = string.format('%.0f', ends_at)
  redis.call('HSET', ends, model, text)
  redis.call('HSET', causes, model, cause)
  redis.call('PUBLISH', channel, text .. ' ' .. model)
end
local lifetime = string.format('%.0f', math.max(last, ends_at) - now)
redis.call('PEXPIRE', ends, lifetime)
redis.call('PEXPIRE', causes, lifetime)
return is_extended and 1 or 0
