-- The tasks that wait in a queue, in order.
--
-- KEYS  1-7 as in board.lua
-- ARGV  1 now, 2 queue, 3 at most so many
-- Result  for each: key, class, ready time, claims so far, payload

sweep(tonumber(ARGV[1]))
local queue, result = ARGV[2], {}
local from, to = '[' .. queue .. '\0', '(' .. queue .. '\1'
for _, it in ipairs(redis.call('ZRANGEBYLEX', WAITING, from, to, 'LIMIT', 0, ARGV[3])) do
    -- Queue, zero, class, ready time and place stand before the key.
    local key = string.sub(it, #queue + 19)
    local task = read(key)
    if task then
        result[#result + 1] = key
        result[#result + 1] = task.class
        result[#result + 1] = task.ready
        result[#result + 1] = task.attempts
        result[#result + 1] = task.payload
    end
end
return result
