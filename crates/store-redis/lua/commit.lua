-- One transition, all of it or nothing: judges first, then writes.
--
-- KEYS  1-7 as in board.lua; 8 the history of the case, 9 the record of the command, 10 timers, 11 index, 12 outbox,
--       13 bell, 14 archived, 15 arrivals
-- ARGV  1 now, 2 nonce of this call (the same however often it is sent), 3 milliseconds the record is kept,
--       4 '1' if replicas will be asked, 5 case, 6 version expected, 7 head expected, 8 row of the case afterwards,
--       9 version afterwards, 10 reply, 11 task to settle or '', 12 its worker, 13 its fence, 14 timer required or '',
--       15 state, 16 package, 17 applicant, 18 most tasks in a queue, 19 most messages;
--       then lists, each after its length: events; tasks to withdraw; tasks to queue (key, queue, class, ready,
--       payload); timers to cancel; timers to set (member, due); messages (topic, payload);
--       then a claim: '' or the worker, the task asked for or '', milliseconds, ageing, queues as a list
-- Result  {'committed', claimed or {}} | {'duplicate', version, case, reply} | {'lost', why} | {'timer'}
--       | {'conflict', version} | {'head', head} | {'queued', task} | {'full', queue} | {'outbox'} | {'archived'}

local ARCHIVED, ARRIVALS = KEYS[14], KEYS[15]
local HISTORY, COMMAND, TIMERS, INDEX, OUTBOX, BELL = KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12], KEYS[13]
local now, case = tonumber(ARGV[1]), ARGV[5]

local at = 20
local function list(width)
    local first = at + 1
    at = first + tonumber(ARGV[at]) * width
    return first, at - 1
end
local events, events_end = list(1)
local withdraw, withdraw_end = list(1)
local enqueue, enqueue_end = list(5)
local cancel, cancel_end = list(1)
local set, set_end = list(2)
local messages, messages_end = list(2)

-- The command was committed before: by this very call, whose answer was lost on its way, or by another.
local known = redis.call('GET', COMMAND)
if known then
    local version, nonce, fence, of, claimed, reply_at = struct.unpack('>I8c16I8I2c0I2c0', known)
    if ARGV[4] == '1' then
        -- Something to wait for: replicas that have this have everything before it.
        redis.call('HINCRBY', COUNTERS, 'again', 1)
    end
    if nonce ~= ARGV[2] then
        return { 'duplicate', version, of, string.sub(known, reply_at) }
    end
    local task = claimed ~= '' and read(claimed)
    if task and task.fence == fence then
        return { 'committed', told(claimed, task) }
    end
    return { 'committed', {} }
end

local settled
if ARGV[11] ~= '' then
    settled = read(ARGV[11])
    local why = lost(settled, ARGV[12], tonumber(ARGV[13]), now)
    if why then
        return { 'lost', why }
    end
end
if ARGV[14] ~= '' and not redis.call('ZSCORE', TIMERS, ARGV[14]) then
    return { 'timer' }
end
local row, expected = redis.call('HGET', CASES, case), tonumber(ARGV[6])
local version, head, state, package, applicant = 0
if row then
    version, head, state, package, applicant = struct.unpack('>I8c32I2c0I2c0I2c0', row)
end
if version ~= expected then
    return { 'conflict', version }
end
if not row and redis.call('SISMEMBER', ARCHIVED, case) == 1 then
    return { 'archived' }
end
if row and head ~= ARGV[7] then
    return { 'head', head }
end

-- Tasks that leave, each once, with what they are.
local leaving = {}
if settled then
    leaving[ARGV[11]] = settled
end
for i = withdraw, withdraw_end do
    leaving[ARGV[i]] = leaving[ARGV[i]] or read(ARGV[i])
end
local added = {}
for i = enqueue, enqueue_end, 5 do
    local key, queue = ARGV[i], ARGV[i + 1]
    if not leaving[key] and redis.call('HEXISTS', TASKS, key) == 1 then
        return { 'queued', key }
    end
    added[queue] = (added[queue] or 0) + 1
    local depth = tonumber(redis.call('HGET', DEPTHS, queue) or 0) + added[queue]
    if depth > tonumber(ARGV[18]) then
        for _, task in pairs(leaving) do
            depth = depth - (task.queue == queue and 1 or 0)
        end
        if depth > tonumber(ARGV[18]) then
            return { 'full', queue }
        end
    end
end
local sent = (messages_end - messages + 1) / 2
if sent > 0 and redis.call('XLEN', OUTBOX) + sent > tonumber(ARGV[19]) then
    return { 'outbox' }
end

-- Nothing is refused from here on.
local arrived = {}
for i = enqueue, enqueue_end, 5 do
    if not leaving[ARGV[i]] then
        arrived[ARGV[i + 1]] = (arrived[ARGV[i + 1]] or 0) + 1
    end
end
for queue, count in pairs(arrived) do
    arrive(ARRIVALS, queue, count, now)
end
for key, task in pairs(leaving) do
    remove(key, task)
end
for i = enqueue, enqueue_end, 5 do
    local task = {
        queue = ARGV[i + 1], class = tonumber(ARGV[i + 2]), ready = tonumber(ARGV[i + 3]), payload = ARGV[i + 4],
        place = redis.call('HINCRBY', COUNTERS, 'task', 1), attempts = 0, fence = 0, until_ms = 0, worker = '',
    }
    write(ARGV[i], task)
    wait(ARGV[i], task)
    redis.call('HINCRBY', DEPTHS, task.queue, 1)
end
if ARGV[14] ~= '' then
    redis.call('ZREM', TIMERS, ARGV[14])
end
for i = cancel, cancel_end do
    redis.call('ZREM', TIMERS, ARGV[i])
end
for i = set, set_end, 2 do
    redis.call('ZADD', TIMERS, ARGV[i + 1], ARGV[i])
end
if events_end >= events then
    redis.call('RPUSH', HISTORY, unpack(ARGV, events, events_end))
end
redis.call('HSET', CASES, case, ARGV[8])
local function facet(name, was, is)
    if was ~= is then
        if was then
            redis.call('ZREM', INDEX, name .. '\0' .. was .. '\0' .. case)
        end
        redis.call('ZADD', INDEX, 0, name .. '\0' .. is .. '\0' .. case)
    end
end
facet('s', state, ARGV[15])
facet('p', package, ARGV[16])
facet('a', applicant, ARGV[17])
if not row then
    redis.call('ZADD', INDEX, 0, 'c\0' .. case)
end
for i = messages, messages_end, 2 do
    local sequence = next_in_time(COUNTERS, 'outbox', now)
    redis.call('XADD', OUTBOX, string.format('%.0f-0', sequence), 'case', case, 'at', ARGV[1], 'topic', ARGV[i],
        'payload', ARGV[i + 1])
end

local claimed, fence, key = {}, 0, ''
local worker = ARGV[at]
if worker ~= '' then
    local queues = { unpack(ARGV, at + 5, at + 4 + tonumber(ARGV[at + 4])) }
    claimed = claim(worker, ARGV[at + 1], queues, tonumber(ARGV[at + 2]), now, tonumber(ARGV[at + 3]))
    if claimed[1] then
        key, fence = claimed[1], claimed[2]
    end
end
local record = struct.pack('>I8c16I8I2c0I2c0', tonumber(ARGV[9]), ARGV[2], fence, #case, case, #key, key) .. ARGV[10]
redis.call('SET', COMMAND, record, 'PX', ARGV[3])
-- Whoever waits is woken for what is left: not for a task that was queued and claimed in one.
for i = enqueue, enqueue_end, 5 do
    if ARGV[i] ~= key then
        redis.call('SPUBLISH', BELL, '')
        break
    end
end
return { 'committed', claimed }
