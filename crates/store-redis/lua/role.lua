-- What one process at a time does for all: asks for a role, says something as its holder, gives it up.
--
-- KEYS  1 roles, 2 counters (see keys.rs)
-- ARGV  1 role, then
--       'take', now, holder, milliseconds the role lasts, most roles | 'say', now, fence, word | 'leave', fence
-- Result  take: {holder, fence, until, word} or {} where there are too many; say: 1 or 0; leave: 1 or 0
--
-- A role is a field of the hash: fence, end of the holding, holder, word; big-endian, the time with `EPOCH` added.

local ROLES, COUNTERS, name, what = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
-- Times before 1970 are written as well.
local EPOCH = 2 ^ 52

local row = redis.call('HGET', ROLES, name)
local fence, until_ms, holder, word = 0, 0, '', ''
if row then
    local word_at
    fence, until_ms, holder, word_at = struct.unpack('>I8I8I2c0', row)
    until_ms, word = until_ms - EPOCH, string.sub(row, word_at)
end
local function keep()
    redis.call('HSET', ROLES, name, struct.pack('>I8I8I2c0', fence, until_ms + EPOCH, #holder, holder) .. word)
end

if what == 'take' then
    local now, asks = tonumber(ARGV[3]), ARGV[4]
    if not row and redis.call('HLEN', ROLES) >= tonumber(ARGV[6]) then
        return {}
    end
    local held = row and until_ms > now
    if not held then
        fence, holder = next_in_time(COUNTERS, 'fence', now), asks
    end
    if holder == asks then
        until_ms = now + tonumber(ARGV[5])
        keep()
    end
    return { holder, fence, until_ms, word }
elseif what == 'say' then
    if fence ~= tonumber(ARGV[4]) or until_ms <= tonumber(ARGV[3]) then
        return 0
    end
    word = ARGV[5]
    keep()
    return 1
end
if not row or fence ~= tonumber(ARGV[3]) then
    return 0
end
until_ms = -EPOCH
keep()
return 1
