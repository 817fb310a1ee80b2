-- Stores the prompt and the raw answer of a stage's last call in the run's hash, for as long as the run is stored.
-- KEYS[1] = hash: the run
-- ARGV[1] = field
-- ARGV[2] = prompt and answer as JSON
-- Returns 1 if stored, 0 if there is no such run.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
