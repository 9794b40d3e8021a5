-- The tasks of a centre: who may take what, who holds what. Stands before every script that touches them, so that all
-- of them judge alike.
--
-- KEYS  1 cases, 2 tasks, 3 waiting, 4 leases, 5 depths, 6 held, 7 counters (see keys.rs)
--
-- A task is named by its key `case 0 number`, the number in ten digits. Its row in `tasks`, big-endian: class, ready
-- time, place in line, claims so far, fence (0 if nobody has claimed it since it was put in line), end of the lease,
-- worker, queue, payload. Its member in `waiting` is `queue 0 class ready place key`, so that the first of a class in a
-- queue is one look away.

local CASES, TASKS, WAITING, LEASES = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local DEPTHS, HELD, COUNTERS = KEYS[5], KEYS[6], KEYS[7]

-- Times are written with this added, so that those before 1970 sort before those after it. A sum stays exact.
local EPOCH = 2 ^ 52
-- Leases swept by one call: more would hold up everybody else.
local SWEEP_MAX = 1000

local function read(key)
    local row = redis.call('HGET', TASKS, key)
    if not row then
        return nil
    end
    local class, ready, place, attempts, fence, until_ms, worker, queue, payload_at =
        struct.unpack('>BI8I8I4I8I8I2c0I2c0', row)
    return {
        class = class, ready = ready - EPOCH, place = place, attempts = attempts, fence = fence,
        until_ms = until_ms - EPOCH, worker = worker, queue = queue, payload = string.sub(row, payload_at),
    }
end

local function write(key, task)
    local row = struct.pack('>BI8I8I4I8I8I2c0I2c0', task.class, task.ready + EPOCH, task.place, task.attempts,
        task.fence, task.until_ms + EPOCH, #task.worker, task.worker, #task.queue, task.queue)
    redis.call('HSET', TASKS, key, row .. task.payload)
end

local function member(key, task)
    return task.queue .. '\0' .. struct.pack('>BI8I8', task.class, task.ready + EPOCH, task.place) .. key
end

-- Adds to a count that is not kept at zero.
local function count(counts, name, change)
    if redis.call('HINCRBY', counts, name, change) <= 0 then
        redis.call('HDEL', counts, name)
    end
end

local function wait(key, task)
    redis.call('ZADD', WAITING, 0, member(key, task))
end

-- Takes a task out of its queue or out of somebody's hands.
local function lift(key, task)
    if task.fence > 0 and redis.call('ZREM', LEASES, key) == 1 then
        count(HELD, task.queue, -1)
    else
        redis.call('ZREM', WAITING, member(key, task))
    end
end

-- Takes a task out for good.
local function remove(key, task)
    lift(key, task)
    redis.call('HDEL', TASKS, key)
    count(DEPTHS, task.queue, -1)
end

local function hold(key, task)
    redis.call('ZADD', LEASES, task.until_ms, key)
    redis.call('HINCRBY', HELD, task.queue, 1)
    write(key, task)
end

-- Puts tasks whose lease has run out back in line, at their old place.
local function sweep(now)
    for _, key in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', now, 'LIMIT', 0, SWEEP_MAX)) do
        redis.call('ZREM', LEASES, key)
        local task = read(key)
        if task then
            count(HELD, task.queue, -1)
            wait(key, task)
        end
    end
end

-- Why a lease does not hold; nil if it does.
local function lost(task, worker, fence, now)
    if not task then
        return 'gone'
    elseif task.fence == 0 then
        return 'expired'
    elseif task.fence ~= fence or task.worker ~= worker then
        return 'taken'
    elseif task.until_ms <= now then
        return 'expired'
    end
end

-- Calls `found` with the first of each class that waits in a queue, until it answers true.
local function firsts(queue, found)
    local class, after = 0, #queue + 2
    while class <= 255 do
        local from, to = '[' .. queue .. '\0' .. string.char(class), '(' .. queue .. '\1'
        local first = redis.call('ZRANGEBYLEX', WAITING, from, to, 'LIMIT', 0, 1)[1]
        if not first then
            return
        end
        local of, ready, place, key_at = struct.unpack('>BI8I8', first, after)
        if found(of, ready - EPOCH, place, string.sub(first, key_at)) then
            return
        end
        class = of + 1
    end
end

-- What a claimed task is told as: key, fence, end of the lease, queue, class, claims, payload, row of its case.
local function told(key, task)
    local case = string.sub(key, 1, -12)
    local row = redis.call('HGET', CASES, case) or ''
    return { key, task.fence, task.until_ms, task.queue, task.class, task.attempts, task.payload, row }
end

-- Takes the task `only`, or if that is empty the most urgent that is ready in any of the queues, each a class better for
-- every `ageing_ms` it has been ready (0: never); empty if there is none.
local function claim(worker, only, queues, lease_ms, now, ageing_ms)
    sweep(now)
    local key, task
    if only ~= '' then
        key, task = only, read(only)
        local free = task and (task.fence == 0 or not redis.call('ZSCORE', LEASES, key))
        if not free or task.ready > now then
            return {}
        end
    else
        local best_class, best_ready, best_place
        for _, queue in ipairs(queues) do
            firsts(queue, function(class, ready, place, it)
                if ready > now then
                    return false
                end
                if ageing_ms > 0 then
                    class = math.max(0, class - math.floor((now - ready) / ageing_ms))
                end
                if not key or class < best_class or (class == best_class and (ready < best_ready
                        or (ready == best_ready and place < best_place))) then
                    best_class, best_ready, best_place, key = class, ready, place, it
                end
                -- One of a lesser class may have aged beyond it.
                return ageing_ms == 0
            end)
        end
        if not key then
            return {}
        end
        task = read(key)
    end
    redis.call('ZREM', WAITING, member(key, task))
    task.fence = next_in_time(COUNTERS, 'fence', now)
    task.until_ms, task.worker, task.attempts = now + lease_ms, worker, task.attempts + 1
    hold(key, task)
    return told(key, task)
end
