-- Sets the route of a run and appends an event.
-- KEYS[1] = hash: the run
-- KEYS[2] = stream: events of the run
-- ARGV[1] = channel of the run's events
-- ARGV[2] = route
-- ARGV[3] = event, JSON
-- Returns 1 if set, 0 if the run is gone, has finished or has that route.
local run, event_stream = KEYS[1], KEYS[2]
local channel, route, event = ARGV[1], ARGV[2], ARGV[3]

local known = redis.call('HMGET', run, 'createdAt', 'outcome', 'route', 'events', 'cost')
if not known[1] or known[2] or known[3] == route then return 0 end
redis.call('HSET', run, 'route', route)
append_events(run, event_stream, channel, tonumber(known[4] or '0'), known[5], {event})
return 1
