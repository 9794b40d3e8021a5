-- Counts every queue that is not empty.
--
-- KEYS  1-7 as in board.lua
-- ARGV  1 now
-- Result  for each queue, in no order: name, tasks, tasks in hand, earliest ready time of those that wait or ''

sweep(tonumber(ARGV[1]))
local result, depths = {}, redis.call('HGETALL', DEPTHS)
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
end
return result
