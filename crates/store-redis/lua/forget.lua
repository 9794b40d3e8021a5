-- Removes a closed case, which an archive has by now. That it was there is remembered, so that nobody opens another one
-- under its number.
--
-- KEYS  1 cases, 2 the history of the case, 3 index, 4 archived
-- ARGV  1 case, 2 head of its chain
-- Result  1, or 0 if the case is not there or has changed

local case = ARGV[1]
local row = redis.call('HGET', KEYS[1], case)
if not row then
    return 0
end
local _, head, state, package, applicant = struct.unpack('>I8c32I2c0I2c0I2c0', row)
if head ~= ARGV[2] then
    return 0
end
-- What makes room comes first: of a script that has written already a full server refuses nothing, and it is where this is
-- needed most.
redis.call('HDEL', KEYS[1], case)
redis.call('SADD', KEYS[4], case)
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], 'c\0' .. case, 's\0' .. state .. '\0' .. case, 'p\0' .. package .. '\0' .. case,
    'a\0' .. applicant .. '\0' .. case)
return 1
