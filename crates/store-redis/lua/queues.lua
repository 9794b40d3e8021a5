-- Counts every queue that is not empty or to which something came lately; forgets those to which nothing did.
--
-- KEYS  1-7 as in board.lua; 8 arrivals
-- ARGV  1 now
-- Result  for each queue, in no order: name, tasks, tasks in hand, earliest ready time of those that wait or '', arrivals

local now, arrived = tonumber(ARGV[1]), {}
sweep(now)
local result, depths, rows = {}, redis.call('HGETALL', DEPTHS), redis.call('HGETALL', KEYS[8])
for i = 1, #rows, 2 do
    local count = lately(rows[i + 1], now)
    if count > 0 then
        arrived[rows[i]] = count
    else
        redis.call('HDEL', KEYS[8], rows[i])
    end
end
for i = 1, #depths, 2 do
    local queue, oldest = depths[i], ''
    firsts(queue, function(_, ready)
        if oldest == '' or ready < oldest then
            oldest = ready
        end
    end)
    result[#result + 1] = queue
    result[#result + 1] = tonumber(depths[i + 1])
    result[#result + 1] = tonumber(redis.call('HGET', HELD, queue) or 0)
    result[#result + 1] = oldest
    result[#result + 1] = arrived[queue] or 0
    arrived[queue] = nil
end
for queue, count in pairs(arrived) do
    for _, part in ipairs({ queue, 0, 0, '', count }) do
        result[#result + 1] = part
    end
end
return result
