-- Appends a piece of a model's text to the run's events. A piece that is sent twice is appended once.
-- KEYS[1] = run hash
-- KEYS[2] = events of the run (stream)
-- ARGV[1] = channel of the run's events
-- ARGV[2] = name of the stage
-- ARGV[3] = number of the piece, which grows within the stage
-- ARGV[4] = event, JSON
-- Returns 1, or 0 if there is no such run, it is over or has the piece
local run, log = KEYS[1], KEYS[2]
local channel, stage, piece, event = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

local known = redis.call('HMGET', run, 'createdAt', 'outcome', 'delta:' .. stage, 'events', 'cost')
if not known[1] or known[2] or tonumber(known[3] or '-1') >= piece then return 0 end
local events = tonumber(known[4] or '0') + 1
redis.call('HSET', run, 'delta:' .. stage, piece, 'events', events)
redis.call('XADD', log, 'MAXLEN', '~', '5000', events .. '-0', 'event', event, 'cost', known[5] or '')
if events == 1 then redis.call('PEXPIRE', log, redis.call('PTTL', run)) end
redis.call('PUBLISH', channel, events)
return 1
