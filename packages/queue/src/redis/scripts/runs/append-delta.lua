-- Appends a delta of a model's text to the events of the run, once.
-- KEYS[1] = hash: the run
-- KEYS[2] = stream: events of the run
-- ARGV[1] = channel of the run's events
-- ARGV[2] = name of the stage
-- ARGV[3] = number of the delta, which increases within the stage
-- ARGV[4] = event, JSON
-- Returns 1 if appended, 0 if the run is gone, has finished or has the delta.
local run, event_stream = KEYS[1], KEYS[2]
local channel, stage, delta_number, event = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

local known = redis.call('HMGET', run, 'createdAt', 'outcome', 'delta:' .. stage, 'events', 'cost')
if not known[1] or known[2] or tonumber(known[3] or '-1') >= delta_number then return 0 end
redis.call('HSET', run, 'delta:' .. stage, delta_number)
append_events(run, event_stream, channel, tonumber(known[4] or '0'), known[5], {event})
return 1
