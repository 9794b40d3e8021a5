-- Some of all tasks, wherever they stand.
--
-- KEYS  1-7 as in board.lua
-- ARGV  1 cursor, 2 about so many
-- Result  the next cursor, then for each: key, queue, class, ready time, claims so far, payload, 'waiting' or 'held' or
--         'nowhere', end of the lease

local scanned = redis.call('HSCAN', TASKS, ARGV[1], 'COUNT', ARGV[2])
local result = { scanned[1] }
for i = 1, #scanned[2], 2 do
    local key = scanned[2][i]
    local task, place = read(key), 'nowhere'
    if redis.call('ZSCORE', LEASES, key) then
        place = 'held'
    elseif redis.call('ZSCORE', WAITING, member(key, task)) then
        place = 'waiting'
    end
    for _, part in ipairs({ key, task.queue, task.class, task.ready, task.attempts, task.payload, place, task.until_ms }) do
        result[#result + 1] = part
    end
end
return result
