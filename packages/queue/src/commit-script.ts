import { DELIVER } from './webhook-scripts.ts';

/**
 * What a run has come to, written as one: any number of changes in the order in which they happened.
 *
 * run, log, expiry, open runs, unchecked, webhooks due, deliveries
 * | channel of the run, who writes or '', mark of the commit, how many events the writer knows of, then the changes,
 *   each a word and what it takes:
 * - `stage`, name, record, 1 if it has ended, what the stage costs so far or '', event, what is to be learned
 *   from it or '', list of what was learned, seconds for which that is kept
 * - `event`, event
 * - `route`, route, event
 * - `fork`, stage
 * - `settle`, id, settled, now, retention in seconds, channel of endings, status, who waits, runs that
 *   are watched, event
 *
 * → what the run costs so far or '', how many events were told, then 1 for each change that was made or was there
 * already, 0 for one that came too late: the first record of a stage that has ended stays, and a run has one ending; 2 for
 * an ending whose webhook is due. Empty if there is no such run: writing to it would bring back a key that nothing removes.
 * A commit that is sent twice, because the connection was lost before its answer came, is made once and answered with the
 * first two alone. Of a run that is settled nothing more is told. If fewer events were told than the writer knows of,
 * Redis has lost some of the run: nothing is written, and the answer is that number alone.
 */
export const COMMIT = `${DELIVER}
  local run, log, expiry, open, unchecked, due, deliveries = unpack(KEYS)
  if redis.call('EXISTS', run) == 0 then return {} end
  local known = redis.call('HMGET', run, 'settled', 'cost', 'by:' .. ARGV[2], 'events')
  local is_settled, cost, told, events = known[1], known[2] or '', 0, tonumber(known[4] or '0')
  if events < tonumber(ARGV[4]) then return {events} end
  if ARGV[2] ~= '' and known[3] == ARGV[3] then return {cost, events} end
  local made = {cost, events}

  local function tell(event)
    if is_settled then return end
    told = redis.call('HINCRBY', run, 'events', 1)
    redis.call('XADD', log, 'MAXLEN', '~', '5000', told .. '-0', 'event', event, 'cost', cost)
    if told == 1 then redis.call('PEXPIRE', log, redis.call('PTTL', run)) end
  end

  local changes = {}
  function changes.stage(name, record, ended, costs, event, lesson, history, kept)
    local before = redis.call('HMGET', run, 'ended:' .. name, 'cost:' .. name)
    if before[1] then return 0 end
    redis.call('HSET', run, 'stage:' .. name, record)
    if ended == '1' then redis.call('HSET', run, 'ended:' .. name, '1') end
    if costs ~= '' and costs ~= before[2] then
      redis.call('HSET', run, 'cost:' .. name, costs)
      cost = redis.call('HINCRBYFLOAT', run, 'cost', string.format('%.12f', tonumber(costs) - tonumber(before[2] or '0')))
    end
    if lesson ~= '' then
      redis.call('LPUSH', history, lesson)
      redis.call('LTRIM', history, 0, 199)
      redis.call('EXPIRE', history, kept)
    end
    tell(event)
    return 1
  end
  function changes.event(event)
    tell(event)
    return 1
  end
  function changes.route(route, event)
    if redis.call('HGET', run, 'route') == route then return 1 end
    redis.call('HSET', run, 'route', route)
    tell(event)
    return 1
  end
  function changes.fork(stage)
    redis.call('HSET', run, 'forked:' .. stage, '1')
    return 1
  end
  function changes.settle(id, settled, now, retention, channel, status, waiters, watched, event)
    if is_settled then return 0 end
    redis.call('HSET', run, 'settled', settled, 'settledAt', now, 'status', status)
    redis.call('EXPIRE', run, retention)
    local about = redis.call('HMGET', run, 'caller', 'idempotency', 'underWay', 'webhook')
    -- By the clock of Redis, for that of a machine may be wrong; not before the run has been kept for the whole time.
    local time = redis.call('TIME')
    local gone = (time[1] + retention) * 1000 + math.ceil(time[2] / 1000)
    redis.call('ZADD', expiry, gone, id .. '|' .. (about[1] or ''))
    redis.call('ZREM', open, id)
    redis.call('ZREM', unchecked, id)
    redis.call('ZREM', open .. ':' .. (about[1] or ''), id)
    local key = about[2]
    if key and redis.call('HGET', key, 'run') == id and redis.call('TTL', key) > tonumber(retention) then
      redis.call('EXPIRE', key, retention)
    end
    if about[3] and redis.call('GET', about[3]) == id then redis.call('DEL', about[3]) end
    redis.call('DEL', waiters)
    redis.call('ZREM', watched, id)
    tell(event)
    redis.call('EXPIRE', log, retention)
    redis.call('PUBLISH', channel, id)
    is_settled = true
    if not about[4] then return 1 end
    deliver(run, due, deliveries, id, id .. '.webhook', now)
    return 2
  end

  local takes = {stage = 8, event = 1, route = 2, fork = 1, settle = 9}
  local at = 5
  while at <= #ARGV do
    local kind = ARGV[at]
    made[#made + 1] = changes[kind](unpack(ARGV, at + 1, at + takes[kind]))
    at = at + 1 + takes[kind]
  end
  if ARGV[2] ~= '' then redis.call('HSET', run, 'by:' .. ARGV[2], ARGV[3]) end
  if told > 0 then redis.call('PUBLISH', ARGV[1], told) end
  made[1] = cost
  if told > 0 then made[2] = told end
  return made`;
