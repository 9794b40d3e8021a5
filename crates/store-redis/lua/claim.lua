-- Takes the next task.
--
-- KEYS  1-7 as in board.lua; 8 the record of the worker's last claim
-- ARGV  1 now, 2 nonce of this call (the same however often it is sent), 3 worker, 4 the task asked for or '',
--       5 milliseconds the lease lasts, 6 milliseconds of ageing or 0, 7... queues
-- Result  what `told` says, or empty

-- This very call claimed already, and its answer was lost on its way.
local known = redis.call('GET', KEYS[8])
if known then
    local nonce, fence, key_at = struct.unpack('>c16I8', known)
    local key = string.sub(known, key_at)
    local task = nonce == ARGV[2] and read(key)
    if task and task.fence == fence then
        return told(key, task)
    end
end
local claimed =
    claim(ARGV[3], ARGV[4], { unpack(ARGV, 7) }, tonumber(ARGV[5]), tonumber(ARGV[1]), tonumber(ARGV[6]))
if claimed[1] then
    redis.call('SET', KEYS[8], struct.pack('>c16I8', ARGV[2], claimed[2]) .. claimed[1], 'PX', ARGV[5])
end
return claimed
