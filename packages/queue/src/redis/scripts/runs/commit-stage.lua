-- Writes the record of a stage and appends its events to those of the run. The first ended record of a stage is final.
-- A commit that is sent again because the connection was lost before the reply is made once.
-- KEYS[1] = hash: the run
-- KEYS[2] = stream: events of the run
-- KEYS[3] = list: samples of the stage
-- KEYS[4] = sorted set: runs that no worker has started
-- KEYS[5] = hash: turns
-- KEYS[6] = prefix of the hashes of what callers have spent
-- ARGV[1] = channel of the run's events
-- ARGV[2] = name of the stage
-- ARGV[3] = record, JSON
-- ARGV[4] = '1' if the record is final: it has ended and was not cancelled; else '0'
-- ARGV[5] = cost of the stage so far in US dollars, '' if unknown
-- ARGV[6] = sample for the statistics of the stage, '' if there is none
-- ARGV[7] = lifetime of the samples after the last one, seconds
-- ARGV[8] = route that follows from the record, '' if none
-- ARGV[9] = id of the run
-- ARGV[10...] = events in order, JSON
-- Returns 0 if the run is gone, 1 if the record is written, 2 if another record of the stage had ended before.
local run, event_stream, samples, waiting, turns, spent = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local channel, stage, record, is_final, stage_cost = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local sample, keep_samples, route, id = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local known = redis.call('HMGET', run, 'createdAt', 'outcome', 'events', 'cost', 'ended:' .. stage,
  'cost:' .. stage, 'stage:' .. stage, 'turn', 'caller')
local created_at, outcome, events, cost = known[1], known[2], tonumber(known[3] or '0'), known[4]
-- A write to a run that is gone would create a key that nothing removes.
if not created_at then return 0 end
if known[7] == record then return 1 end
if known[5] then return 2 end

local fields = {'stage:' .. stage, record}
local function set(name, value)
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end
if is_final == '1' then set('ended:' .. stage, '1') end
local added_cost = 0
if stage_cost ~= '' and stage_cost ~= known[6] then
  added_cost = stage_cost - (known[6] or 0)
  cost = string.format('%.15g', (cost or 0) + added_cost)
  set('cost:' .. stage, stage_cost)
  set('cost', cost)
end
-- After the end of the run, a late record counts the cost of its calls, and no events are appended.
if not outcome then
  if route ~= '' then set('route', route) end
  -- First, so that a full Redis rejects the script: after a command that frees memory, it would accept all others.
  append_events(run, event_stream, channel, events, cost, {unpack(ARGV, 10)})
  if events == 0 then
    redis.call('ZREM', waiting, id)
    local current = redis.call('HGET', turns, ':current')
    if current and tonumber(current) < tonumber(known[8] or '1') then redis.call('HSET', turns, ':current', known[8]) end
  end
end
redis.call('HSET', run, unpack(fields))
if added_cost ~= 0 then add_spent(spent, known[9] or '', added_cost) end
if sample ~= '' then
  -- The list is trimmed and its lifetime renewed only every 20 samples.
  local length = redis.call('LPUSH', samples, sample)
  if length > 220 then redis.call('LTRIM', samples, 0, 199) end
  if length <= 200 or length > 220 then redis.call('EXPIRE', samples, keep_samples) end
end
return 1
