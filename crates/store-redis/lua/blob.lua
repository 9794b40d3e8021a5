-- Keeps bytes that never change under their key.
--
-- KEYS  1 the blob
-- ARGV  1 bytes
-- Result  1 if the key holds them now, 0 if it holds others

local kept = redis.call('GET', KEYS[1])
if not kept then
    redis.call('SET', KEYS[1], ARGV[1])
    return 1
end
return kept == ARGV[1] and 1 or 0
