-- SPDX-License-Identifier: MIT
--
-- Numbers as the slides show them. The result file has nanoseconds; slides have microseconds with
-- three significant digits.
local format = {}

-- A count, thousands separated by commas.
function format.count(value)
  local text, changed = string.format("%.0f", value), 1
  while changed > 0 do
    text, changed = text:gsub("^(-?%d+)(%d%d%d)", "%1,%2")
  end
  return text
end

-- `value` with `digits` significant digits and no exponent; digits before the point are never dropped.
function format.significant(value, digits)
  if value == 0 then return "0" end
  -- "%e" rounds first, so that 9.996 counts as 10.0 and not as 9.996 with a digit too many.
  local exponent = tonumber(string.format("%." .. (digits - 1) .. "e", value):match("e([-+]%d+)$"))
  local decimals = math.max(0, digits - 1 - exponent)
  if decimals == 0 then return format.count(value) end
  return string.format("%." .. decimals .. "f", value)
end

-- Nanoseconds -> microseconds.
function format.us(ns)
  return format.significant(ns / 1000, 3)
end

-- A number of any unit, as short as possible: 20000 -> 20,000; 2.5917 -> 2.59.
function format.number(value)
  if value == math.floor(value) and math.abs(value) < 1e15 then return format.count(value) end
  return format.significant(value, 3)
end

-- The same in at most three digits, for places with little room: 91029503 -> 91.0 M.
function format.short(value)
  for _, step in ipairs({{1e9, "G"}, {1e6, "M"}, {1e4, "k"}}) do
    if math.abs(value) >= step[1] then
      local unit = step[1] == 1e4 and 1e3 or step[1]
      return format.significant(value / unit, 3) .. "\u{a0}" .. step[2]
    end
  end
  return format.number(value)
end

-- Any JSON value as text.
function format.text(value)
  if type(value) == "number" then return format.number(value) end
  if type(value) == "boolean" then return value and "yes" or "no" end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for _, item in ipairs(value) do parts[#parts + 1] = format.text(item) end
  return table.concat(parts, ", ")
end

return format
