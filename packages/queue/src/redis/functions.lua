-- Functions for all scripts.

-- Current time by the clock of Redis, ms since 1970.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Appends events (JSON) to the stream of a run and publishes the number of the last one. The stream gets the lifetime
-- of the run with its first event. `cost` is the cost of the run so far, or nil. Returns the number of the last event.
local function append_events(run, log, channel, last, cost, events)
  local is_first = last == 0
  for _, event in ipairs(events) do
    last = last + 1
    redis.call('XADD', log, 'MAXLEN', '~', '5000', last .. '-0', 'event', event, 'cost', cost or '')
  end
  redis.call('HSET', run, 'events', last)
  if is_first then redis.call('PEXPIRE', log, redis.call('PTTL', run)) end
  redis.call('PUBLISH', channel, last)
  return last
end
