-- Posts prices. Arguments: key, number of symbols, ticks per request.
-- Requests are put together once a second and symbol: wrk must cost little, and a tick's time must be about now.
dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]*$", "")) .. "result.lua")

local key, symbols, ticks
local requests, madeAt, turn = {}, 0, 0

function init(args)
  key, symbols, ticks = args[1], tonumber(args[2]), tonumber(args[3])
end

local function tick(symbol, ms)
  return string.format('{"symbol":"BENCH%d","price":%.2f,"timestamp":%d}', symbol, 100 + symbol + (ms % 100) / 100, ms)
end

local function body(symbol, now)
  if ticks == 1 then return tick(symbol, now) end
  local list = {}
  for i = 1, ticks do list[i] = tick((symbol + i) % symbols, now + i) end
  return "[" .. table.concat(list, ",") .. "]"
end

function request()
  local now = os.time()
  if now ~= madeAt then requests, madeAt = {}, now end
  turn = (turn + 1) % symbols
  local made = requests[turn]
  if made == nil then
    local headers = { ["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json" }
    made = wrk.format("POST", "/api/v1/prices", headers, body(turn, now * 1000))
    requests[turn] = made
  end
  return made
end
