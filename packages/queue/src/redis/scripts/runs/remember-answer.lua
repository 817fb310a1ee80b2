-- Remembers which run gave the last answer of a conversation, as long as the run is kept.
-- KEYS[1] = hash: the run
-- KEYS[2] = string: run that answered the conversation
-- ARGV[1] = id of the run
-- Returns 1 if remembered, 0 if the run is gone.
local run, answered = KEYS[1], KEYS[2]

local lifetime = redis.call('PTTL', run)
if lifetime <= 0 then return 0 end
redis.call('SET', answered, ARGV[1], 'PX', lifetime)
redis.call('HSET', run, 'answered', answered)
return 1
