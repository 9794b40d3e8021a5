-- Where a case stands and how long its history is, at one moment.
--
-- KEYS  1 cases, 2 the history of the case
-- ARGV  1 case
-- Result  {version, head, records} | {}

local row = redis.call('HGET', KEYS[1], ARGV[1])
if not row then
    return {}
end
local version, head = struct.unpack('>I8c32', row)
return { version, head, redis.call('LLEN', KEYS[2]) }
