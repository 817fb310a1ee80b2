-- Stores the final usage of an aborted call in the run's hash, once, and corrects the cost of the run.
-- KEYS[1] = hash: the run
-- KEYS[2] = prefix of the hashes of what callers have spent
-- ARGV[1] = field for the usage
-- ARGV[2] = usage as JSON
-- ARGV[3] = difference to the estimated cost, US dollars
-- Returns 1 if stored, 0 if it was stored before, -1 if there is no such run.
local run, spent = KEYS[1], KEYS[2]
local field, usage, cost_difference = ARGV[1], ARGV[2], ARGV[3]

if redis.call('EXISTS', run) == 0 then return -1 end
if redis.call('HSETNX', run, field, usage) == 0 then return 0 end
redis.call('HINCRBYFLOAT', run, 'cost', string.format('%.12f', tonumber(cost_difference)))
add_spent(spent, redis.call('HGET', run, 'caller') or '', tonumber(cost_difference))
return 1
