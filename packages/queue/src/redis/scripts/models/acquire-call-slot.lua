-- Takes a slot for a call under every one of its limits, or under none if one of them is exhausted. Uses the clock of
-- Redis. For limit i = 1, 2, ...:
-- KEYS[2i - 1] = list: times of the last calls, ms since 1970, latest first
-- KEYS[2i] = string: number of rejections lately
-- ARGV[4i - 3] = maximum number of calls per window
-- ARGV[4i - 2] = length of the window, ms
-- ARGV[4i - 1] = 1 if windows are aligned to the clock (a UTC day), 0 if the window slides
-- ARGV[4i] = maximum time over which rejected calls spread their retries, ms
-- Returns {wait, spread, ...} per limit: ms until a slot is free, and ms over which to spread retries. All are 0 if the
-- slots were taken.
local limits = {}
for i = 1, #KEYS / 2 do
  limits[i] = {
    calls = KEYS[2 * i - 1],
    rejections = KEYS[2 * i],
    max = tonumber(ARGV[4 * i - 3]),
    window = tonumber(ARGV[4 * i - 2]),
    is_aligned = ARGV[4 * i - 1] == '1',
    max_spread = tonumber(ARGV[4 * i]),
  }
end

local now = now_ms()

local function wait_for(limit)
  local oldest = tonumber(redis.call('LINDEX', limit.calls, limit.max - 1) or '0')
  local window_start = limit.is_aligned and now - now % limit.window or now - limit.window + 1
  if oldest < window_start then return 0 end
  return (limit.is_aligned and window_start or oldest) + limit.window - now
end

local reply, is_free = {}, true
for i, limit in ipairs(limits) do
  local wait, spread = wait_for(limit), 0
  if wait > 0 then
    is_free = false
    local rejections = redis.call('INCR', limit.rejections)
    redis.call('PEXPIRE', limit.rejections, limit.max_spread)
    spread = math.floor(limit.max_spread * math.min(1, (rejections - 1) / limit.max))
  end
  reply[2 * i - 1], reply[2 * i] = wait, spread
end
if is_free then
  for _, limit in ipairs(limits) do
    redis.call('LPUSH', limit.calls, string.format('%.0f', now))
    redis.call('LTRIM', limit.calls, 0, limit.max - 1)
    redis.call('PEXPIRE', limit.calls, limit.window)
  end
end
return reply
