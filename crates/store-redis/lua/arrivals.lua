-- How many tasks came to each queue lately. A queue is a field of the hash `arrivals`: the latest minute since the epoch
-- in which anything came, then the counts of so many minutes, that one's first; big-endian.

local MINUTE, MINUTES = 60000, 15
local COUNTS = '>i8' .. string.rep('I4', MINUTES)
-- Queues counted at once.
local QUEUES_MAX = 1000

local function lately(row, now)
    local minute, sum, counts = math.floor(now / MINUTE), 0, { struct.unpack(COUNTS, row) }
    for i = 1, MINUTES do
        local of = counts[1] - (i - 1)
        if of <= minute and of > minute - MINUTES then
            sum = sum + counts[i + 1]
        end
    end
    return sum
end

-- Counts what came to a queue. One dated before all that is counted is not.
local function arrive(arrivals, queue, count, now)
    local minute, row = math.floor(now / MINUTE), redis.call('HGET', arrivals, queue)
    local newest, counts = minute, {}
    if row then
        -- Nearly always the minute is the latest one: only its count changes.
        local of, first = struct.unpack('>i8I4', row)
        if of == minute and first < 2 ^ 32 - count then
            redis.call('HSET', arrivals, queue, struct.pack('>i8I4', of, first + count) .. string.sub(row, 13))
            return
        end
        counts = { struct.unpack(COUNTS, row) }
        newest = table.remove(counts, 1)
    elseif redis.call('HLEN', arrivals) >= QUEUES_MAX then
        return
    end
    local later = math.max(0, math.min(minute - newest, MINUTES))
    for i = MINUTES, 1, -1 do
        counts[i] = i > later and counts[i - later] or 0
    end
    newest = math.max(newest, minute)
    local ago = newest - minute + 1
    if ago <= MINUTES then
        counts[ago] = math.min(counts[ago] + count, 2 ^ 32 - 1)
        redis.call('HSET', arrivals, queue, struct.pack(COUNTS, newest, unpack(counts, 1, MINUTES)))
    end
end
