-- The cases in a stretch of the index, with what they are found by.
--
-- KEYS  1 cases, 2 index
-- ARGV  1 where the stretch begins and 2 where it ends, as ZRANGEBYLEX takes them, 3 bytes before the case in a member,
--       4 at most so many
-- Result  for each: case, state, package, applicant

local result = {}
for _, it in ipairs(redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[4])) do
    local case = string.sub(it, tonumber(ARGV[3]) + 1)
    local row = redis.call('HGET', KEYS[1], case)
    if row then
        local _, _, state, package, applicant = struct.unpack('>I8c32I2c0I2c0I2c0', row)
        result[#result + 1] = case
        result[#result + 1] = state
        result[#result + 1] = package
        result[#result + 1] = applicant
    end
end
return result
