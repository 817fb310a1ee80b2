-- Stores a new run, unless its idempotency key has a run, an identical run is in flight or too many runs are open.
-- KEYS[1] = hash: the run
-- KEYS[2] = sorted set: runs of the caller
-- KEYS[3] = sorted set: expiry of all runs
-- KEYS[4] = hash: run and fingerprint of the idempotency key
-- KEYS[5] = string: run in flight for the same request
-- KEYS[6] = sorted set: open runs
-- KEYS[7] = sorted set: open runs of the caller
-- KEYS[8] = sorted set: open runs -> a time; their root job is checked 5 s after it
-- KEYS[9] = sorted set: runs that no worker has started
-- KEYS[10] = sorted set: runs of the thread
-- KEYS[11] = sorted set: threads of the caller
-- KEYS[12] = hash: turns
-- KEYS[13] = hash: what the caller has spent per day
-- KEYS[14] = string: exists while no runs are accepted
-- ARGV[1] = id of the run
-- ARGV[2] = creation time, ms since 1970
-- ARGV[3] = lifetime of a run that does not end, seconds
-- ARGV[4] = lifetime of the idempotency key, seconds; '' if the request has none
-- ARGV[5] = 'cancel' or 'continue' on disconnect if the request may join a run in flight; '' if it may not
-- ARGV[6] = fingerprint of the request
-- ARGV[7] = prefix of run keys
-- ARGV[8] = member of the run in the expiry set
-- ARGV[9] = maximum number of open runs
-- ARGV[10] = maximum number of open runs of the caller; '' for no limit
-- ARGV[11] = prefix of all keys
-- ARGV[12] = thread of the run; its own id if it starts one
-- ARGV[13] = run that it continues, '' if none
-- ARGV[14] = caller
-- ARGV[15] = number of runs of the caller per turn
-- ARGV[16] = US dollars that the caller may spend per day; '' for no limit
-- ARGV[17] = US dollars that the caller may spend per month; '' for no limit
-- ARGV[18] = today; days since 1970, UTC
-- ARGV[19] = first day of this month; days since 1970, UTC
-- ARGV[20] = US dollars that a run may cost; '' for no limit
-- ARGV[21] = '1' if the run is listed in a thread, '' if it has none
-- ARGV[22...] = fields and values of the run
-- Returns {kind, run id, turn if new}: 'new'; 'replayed' (idempotency key), 'coalesced' (run in flight) or 'conflict' (key
-- of another request) with the existing run; 'full', 'caller-limit-reached' (open runs of the caller), 'day-limit-reached'
-- or 'month-limit-reached' (dollars of the caller), 'intake-paused' or 'no-predecessor'
-- (the run to continue is gone) with ''.
local run, caller_runs, expiry, idempotency = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local in_flight, open_runs, caller_open_runs, unconfirmed, waiting = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local thread, threads = KEYS[10], KEYS[11]
local id, created_at, lifetime, idempotency_lifetime = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local on_disconnect = ARGV[5]
local fingerprint, run_prefix, expiry_member, max_open, max_caller_open = ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local prefix, thread_id, previous, in_thread = ARGV[11], ARGV[12], ARGV[13], ARGV[21] == '1'
local spent, intake_paused, usd_per_day, usd_per_month = KEYS[13], KEYS[14], tonumber(ARGV[16]), tonumber(ARGV[17])
local today, first_of_month, ceiling = tonumber(ARGV[18]), tonumber(ARGV[19]), tonumber(ARGV[20])
local turns, caller, runs_per_turn = KEYS[12], ARGV[14], tonumber(ARGV[15])

if idempotency_lifetime ~= '' then
  local found = redis.call('HMGET', idempotency, 'run', 'fingerprint')
  if found[1] and redis.call('EXISTS', run_prefix .. found[1]) == 1 then
    if found[2] ~= fingerprint then return {'conflict', found[1]} end
    redis.call('HSET', run_prefix .. found[1], 'shared', '1')
    return {'replayed', found[1]}
  end
end
if on_disconnect ~= '' then
  local found = redis.call('GET', in_flight)
  if found and redis.call('EXISTS', run_prefix .. found) == 1 then
    redis.call('HSET', run_prefix .. found, 'shared', '1')
    -- A client with 'continue' relies on the run: disconnects of others must not cancel it.
    if on_disconnect ~= 'cancel' or redis.call('HGET', run_prefix .. found, 'onDisconnect') ~= 'cancel' then
      redis.call('HSET', run_prefix .. found, 'mustContinue', '1')
    end
    return {'coalesced', found}
  end
end

if previous ~= '' and redis.call('EXISTS', run_prefix .. previous) == 0 then return {'no-predecessor', ''} end

if redis.call('EXISTS', intake_paused) == 1 then return {'intake-paused', ''} end
if usd_per_day or usd_per_month then
  local spent_today, spent_this_month = 0, 0
  local days = redis.call('HGETALL', spent)
  for i = 1, #days, 2 do
    local day, usd = tonumber(days[i]), tonumber(days[i + 1])
    if day >= today then spent_today = spent_today + usd end
    if day >= first_of_month then spent_this_month = spent_this_month + usd end
  end
  if usd_per_day and spent_today >= usd_per_day then return {'day-limit-reached', ''} end
  if usd_per_month and spent_this_month >= usd_per_month then return {'month-limit-reached', ''} end
  -- The run may cost at most what is left.
  local left = math.min((usd_per_day or math.huge) - spent_today, (usd_per_month or math.huge) - spent_this_month)
  ceiling = math.min(ceiling or math.huge, left)
end

local now = tonumber(redis.call('TIME')[1])
-- Runs that expired without an end are removed only when the limit is reached.
local function is_full(runs, max)
  if redis.call('ZCARD', runs) < max then return false end
  redis.call('ZREMRANGEBYSCORE', runs, '-inf', now)
  return redis.call('ZCARD', runs) >= max
end
if max_caller_open ~= '' and is_full(caller_open_runs, tonumber(max_caller_open)) then return {'caller-limit-reached', ''} end
if is_full(open_runs, tonumber(max_open)) then return {'full', ''} end

-- Callers take turns. A run has the turn after that of the caller's last run, but at least the current turn, which is that
-- of the newest run that a worker has started. The first open run of a caller waits for at most the next turn: runs that
-- were cancelled do not count. The numbers begin again when no run is open, and beyond half of their range when none
-- waits for a later turn.
local MAX_TURN = 1000000
local state = redis.call('HMGET', turns, ':current', ':last', caller)
local current, last, turn = tonumber(state[1] or '1'), tonumber(state[2] or '1'), tonumber(state[3] or '0')
if redis.call('ZCARD', open_runs) == 0 or (current > MAX_TURN / 2 and last <= current) then
  redis.call('DEL', turns)
  current, last, turn = 1, 1, 0
end
turn = math.max(turn + 1 / runs_per_turn, current)
if redis.call('ZCARD', caller_open_runs) == 0 then turn = math.min(turn, current + 1) end
turn = math.min(turn, MAX_TURN)
redis.call('HSET', turns, caller, turn, ':current', current, ':last', math.max(last, turn))
redis.call('EXPIRE', turns, lifetime)
turn = math.floor(turn)

local function add_to(runs)
  redis.call('ZADD', runs, now + lifetime, id)
  redis.call('EXPIRE', runs, lifetime)
end
add_to(open_runs)
add_to(caller_open_runs)
if idempotency_lifetime ~= '' then
  redis.call('HSET', idempotency, 'run', id, 'fingerprint', fingerprint)
  redis.call('EXPIRE', idempotency, idempotency_lifetime)
end
if on_disconnect ~= '' then redis.call('SET', in_flight, id, 'EX', lifetime) end
redis.call('HSET', run, 'turn', turn, unpack(ARGV, 22))
if ceiling then redis.call('HSET', run, 'ceiling', string.format('%.12f', ceiling)) end
redis.call('EXPIRE', run, lifetime)
redis.call('ZADD', caller_runs, created_at, id)
redis.call('ZADD', expiry, (now + lifetime) * 1000, expiry_member)
redis.call('ZADD', unconfirmed, now * 1000, id)
redis.call('ZADD', waiting, created_at, id)
if in_thread then redis.call('ZADD', threads, 'GT', created_at, thread_id) end
if previous ~= '' then
  local first = redis.call('HGET', run_prefix .. thread_id, 'createdAt')
  if first then redis.call('ZADD', thread, first, thread_id) end
  redis.call('ZADD', thread, created_at, id)
  keep_thread(prefix, thread, thread_id, caller, lifetime)
end
return {'new', id, turn}
