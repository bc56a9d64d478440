-- The plainest request there is.
dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]*$", "")) .. "result.lua")
