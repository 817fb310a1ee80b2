/** Starts a delivery: it is due until BullMQ has its job. */
const DELIVER = `
  local function deliver(run, due, deliveries, id, delivery, now)
    redis.call('HSET', run, 'webhookStatus', 'pending', 'webhookAt', now)
    redis.call('HSET', deliveries, id, delivery)
    redis.call('ZADD', due, now, id)
  end`;

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
 *
 * The events of a commit are one entry of the log, each followed by what the run cost by then; the entry has the number
 * of the last.
 */
export const COMMIT = `${DELIVER}
  local run, log, expiry, open, unchecked, due, deliveries = unpack(KEYS)
  local writer = 'by:' .. ARGV[2]
  local takes = {stage = 8, event = 1, route = 2, fork = 1, settle = 9}
  local FIRST = 5

  -- What changes bear on is read in one call and written in one: from Lua each costs more than what it does.
  local names, known, written = {'createdAt', 'settled', 'cost', 'events', 'route', writer}, {}, {}
  local at = FIRST
  while at <= #ARGV do
    if ARGV[at] == 'stage' then
      names[#names + 1] = 'ended:' .. ARGV[at + 1]
      names[#names + 1] = 'cost:' .. ARGV[at + 1]
    end
    at = at + 1 + takes[ARGV[at]]
  end
  for i, value in ipairs(redis.call('HMGET', run, unpack(names))) do known[names[i]] = value end
  local function put(name, value)
    known[name] = value
    written[#written + 1] = name
    written[#written + 1] = value
  end

  if not known.createdAt then return {} end
  local events, told = tonumber(known.events or '0'), {}
  if events < tonumber(ARGV[4]) then return {events} end
  local made = {known.cost or '', events}
  if ARGV[2] ~= '' and known[writer] == ARGV[3] then return made end

  local function tell(event)
    if known.settled then return end
    told[#told + 1] = event
    told[#told + 1] = known.cost or ''
  end

  local changes = {}
  function changes.stage(name, record, ended, costs, event, lesson, history, kept)
    if known['ended:' .. name] then return 0 end
    put('stage:' .. name, record)
    if ended == '1' then put('ended:' .. name, '1') end
    local before = known['cost:' .. name]
    if costs ~= '' and costs ~= before then
      put('cost:' .. name, costs)
      put('cost', string.format('%.15g', (known.cost or 0) + costs - (before or 0)))
    end
    if lesson ~= '' then
      -- The oldest go some at a time, and of a long one that is often enough to put off its end.
      local length = redis.call('LPUSH', history, lesson)
      if length > 220 then redis.call('LTRIM', history, 0, 199) end
      if length <= 200 or length > 220 then redis.call('EXPIRE', history, kept) end
    end
    tell(event)
    return 1
  end
  function changes.event(event)
    tell(event)
    return 1
  end
  function changes.route(route, event)
    if known.route == route then return 1 end
    put('route', route)
    tell(event)
    return 1
  end
  function changes.fork(stage)
    put('forked:' .. stage, '1')
    return 1
  end
  function changes.settle(id, settled, now, retention, channel, status, waiters, watched, event)
    if known.settled then return 0 end
    tell(event)
    put('settled', settled)
    put('settledAt', now)
    put('status', status)
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
    redis.call('PUBLISH', channel, id)
    if not about[4] then return 1 end
    deliver(run, due, deliveries, id, id .. '.webhook', now)
    return 2
  end

  at = FIRST
  while at <= #ARGV do
    local kind = ARGV[at]
    made[#made + 1] = changes[kind](unpack(ARGV, at + 1, at + takes[kind]))
    at = at + 1 + takes[kind]
  end
  if #told > 0 then
    local isFirst = events == 0
    events = events + #told / 2
    put('events', events)
    redis.call('XADD', log, 'MAXLEN', '~', '5000', events .. '-0', unpack(told))
    -- Nothing is told of a run that was settled before: it was in this commit.
    if isFirst or known.settled then redis.call('PEXPIRE', log, redis.call('PTTL', run)) end
    redis.call('PUBLISH', ARGV[1], events)
  end
  if ARGV[2] ~= '' then put(writer, ARGV[3]) end
  if #written > 0 then redis.call('HSET', run, unpack(written)) end
  made[1], made[2] = known.cost or '', events
  return made`;
