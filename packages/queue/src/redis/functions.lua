-- Functions for all scripts.

-- Current time by the clock of Redis, ms since 1970.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Adds US dollars to what a caller has spent today (UTC). `prefix` is that of the hashes of all callers.
local function add_spent(prefix, caller, dollars)
  local key, day = prefix .. caller, math.floor(now_ms() / 86400000)
  redis.call('HINCRBYFLOAT', key, day, string.format('%.12f', dollars))
  redis.call('HDEL', key, day - 62)
  redis.call('EXPIRE', key, 62 * 86400)
end

-- Keeps all runs of a thread for at least some seconds from now. Lifetimes are never shortened.
-- `prefix` is that of all keys, `thread` the sorted set of the thread's runs.
local function keep_thread(prefix, thread, thread_id, caller, seconds)
  local kept_until = now_ms() + seconds * 1000
  for _, id in ipairs(redis.call('ZRANGE', thread, 0, -1)) do
    local run = prefix .. ':run:' .. id
    local ttl = redis.call('TTL', run)
    if ttl >= 0 and ttl < seconds then
      local first = id == thread_id
      redis.call('EXPIRE', run, seconds)
      redis.call('EXPIRE', prefix .. ':log:' .. id, seconds)
      redis.call('HSET', run, 'keptUntil', kept_until)
      redis.call('ZADD', prefix .. ':expiry', kept_until + 1, id .. (first and '' or '/' .. thread_id) .. '|' .. caller)
    end
  end
end

-- Appends events (JSON) to the stream of a run and publishes the number of the last one. The stream gets the lifetime
-- of the run with its first event. `cost` is the cost of the run so far, or nil. Returns the number of the last event.
local function append_events(run, event_stream, channel, last, cost, events)
  local is_first = last == 0
  for _, event in ipairs(events) do
    last = last + 1
    redis.call('XADD', event_stream, 'MAXLEN', '~', '5000', last .. '-0', 'event', event, 'cost', cost or '')
  end
  redis.call('HSET', run, 'events', last)
  if is_first then redis.call('PEXPIRE', event_stream, redis.call('PTTL', run)) end
  redis.call('PUBLISH', channel, last)
  return last
end
