-- Sets the route of a run and appends the event.
-- KEYS[1] = run hash
-- KEYS[2] = events of the run (stream)
-- ARGV[1] = channel of the run's events
-- ARGV[2] = route
-- ARGV[3] = event, JSON
-- Returns 1, or 0 if there is no such run, it is over or has that route
local run, log = KEYS[1], KEYS[2]
local channel, route, event = ARGV[1], ARGV[2], ARGV[3]

local known = redis.call('HMGET', run, 'createdAt', 'outcome', 'route', 'events', 'cost')
if not known[1] or known[2] or known[3] == route then return 0 end
local events = tonumber(known[4] or '0') + 1
redis.call('HSET', run, 'route', route, 'events', events)
redis.call('XADD', log, 'MAXLEN', '~', '5000', events .. '-0', 'event', event, 'cost', known[5] or '')
if events == 1 then redis.call('PEXPIRE', log, redis.call('PTTL', run)) end
redis.call('PUBLISH', channel, events)
return 1
