-- Fences and numbers of messages, which outlive the master that gave them. Stands before every script that gives any.
--
-- They follow the time: a replica that took over may never have heard of the last numbers its master gave, but it knows
-- that time has passed since then.

-- Numbers that fit into a millisecond, and the latest time they follow: they stay exact.
local PER_MS, TIME_MAX = 1024, 2 ^ 42

local function next_in_time(counters, name, now)
    local last = tonumber(redis.call('HGET', counters, name) or 0)
    local number = math.max(last + 1, math.min(now, TIME_MAX) * PER_MS)
    redis.call('HSET', counters, name, string.format('%.0f', number))
    return number
end

