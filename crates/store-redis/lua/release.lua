-- Gives a task back.
--
-- KEYS  1-7 as in board.lua; 8 bell
-- ARGV  1 now, 2 task, 3 worker, 4 fence, 5 the time from which it may be claimed
-- Result  {'released'} | {'lost', why}

local now, key = tonumber(ARGV[1]), ARGV[2]
local task = read(key)
local why = lost(task, ARGV[3], tonumber(ARGV[4]), now)
if why then
    return { 'lost', why }
end
lift(key, task)
task.fence, task.until_ms, task.worker, task.ready = 0, 0, '', tonumber(ARGV[5])
write(key, task)
wait(key, task)
redis.call('SPUBLISH', KEYS[8], '')
return { 'released' }
