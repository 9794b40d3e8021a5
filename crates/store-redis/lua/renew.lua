-- Makes a lease that still holds last longer.
--
-- KEYS  1-7 as in board.lua
-- ARGV  1 now, 2 task, 3 worker, 4 fence, 5 milliseconds the lease lasts
-- Result  {'renewed', until} | {'lost', why}

local now, key = tonumber(ARGV[1]), ARGV[2]
local task = read(key)
local why = lost(task, ARGV[3], tonumber(ARGV[4]), now)
if why then
    return { 'lost', why }
end
-- A worker whose clock is ahead may have put it back in line already.
lift(key, task)
task.until_ms = now + tonumber(ARGV[5])
hold(key, task)
return { 'renewed', task.until_ms }
