-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=gates}   the verdict; a row for each gate that complains, a column for each scenario; the
-- advice; and the gates that passed
local blocks = require "results.blocks"
local format = require "results.format"

local meaning = {
  ["ledger-closed"] = "sent = received + lost, nothing unexpected",
  ["no-loss"] = "nothing lost",
  ["no-negative-latency"] = "no latency below zero",
  ["same-book"] = "all receivers end with the same books",
  ["true-book"] = "their books are those that were sent",
  ["clock-source"] = "invariant TSC",
  ["clock-drift"] = "clock calibrated alike at start and end",
  ["trace-complete"] = "every packet’s stamps were kept",
  ["sender-pacing"] = "the sender’s error is small beside the latency",
  ["samples"] = "enough packets for p99.9",
  ["rounds"] = "enough rounds for confidence intervals",
  ["stolen-time"] = "nobody took the cores for long",
  ["context-switches"] = "no other threads on the pinned cores",
  ["frequency"] = "the cores kept their frequency",
  ["measuring-floor"] = "measuring costs little beside the latency",
  ["clock-offset"] = "the two cores’ clocks agree",
  ["real-processor"] = "no emulated processor",
  ["a-a-control"] = "a receiver equals itself",
}
local rank = {pass = 0, warn = 1, fail = 2}
local class = {pass = "pass", warn = "warn", fail = "fail"}
local advice_shown_max = 2
local rows_shown_max = 8
local rows_beside_list_max = 2

-- The factor by which a gate's value is beyond its limit, on the side that is wrong.
local function beyond(gate)
  local measured, limit = tonumber(gate.measured), tonumber(gate.limit)
  if not measured or not limit or measured <= 0 or limit <= 0 then return 0 end
  return math.max(measured / limit, limit / measured)
end

-- gate name -> scenario name -> the worst gate of that name; and the names in order.
local function collect(result)
  local worst, order = {}, {}
  for _, scenario in ipairs(result.scenarios) do
    for _, gate in ipairs(scenario.verdict.gates) do
      if not worst[gate.name] then
        worst[gate.name] = {}
        order[#order + 1] = gate.name
      end
      local other = worst[gate.name][scenario.name]
      if not other or rank[gate.status] > rank[other.status]
          or (rank[gate.status] == rank[other.status] and beyond(gate) > beyond(other)) then
        worst[gate.name][scenario.name] = gate
      end
    end
  end
  return worst, order
end

-- Puts the worst first; gates that passed everywhere are only named.
local function sorted(worst, order)
  local rank_of, shown, passed = {}, {}, {}
  for place, name in ipairs(order) do
    local highest = 0
    for _, gate in pairs(worst[name]) do highest = math.max(highest, rank[gate.status]) end
    rank_of[name] = highest * 1000 - place
    table.insert(highest == 0 and passed or shown, name)
  end
  table.sort(shown, function(a, b) return rank_of[a] > rank_of[b] end)
  return shown, passed
end

local function status_cell(gate)
  if not gate then return blocks.missing_inline("not checked") end
  if gate.status == "pass" or gate.measured == nil then
    return blocks.class(class[gate.status], gate.status)
  end
  local text = string.format("%s: %s %s", gate.status, format.short(gate.measured), gate.unit or "")
  if gate.limit then text = text .. " (limit " .. format.short(gate.limit) .. ")" end
  return blocks.class(class[gate.status], text)
end

local function advice_of(result)
  local list, seen = {}, {}
  for _, status in ipairs({"fail", "warn"}) do
    for _, scenario in ipairs(result.scenarios) do
      for _, gate in ipairs(scenario.verdict.gates) do
        local text = gate.name .. ": " .. (gate.advice or "")
        if gate.status == status and not seen[text] then
          seen[text] = true
          list[#list + 1] = text
        end
      end
    end
  end
  return list
end

local function advice_blocks(result, rows_above)
  local list, out = advice_of(result), {}
  local is_full = rows_above > rows_beside_list_max or #list > advice_shown_max
  local shown = is_full and 1 or advice_shown_max
  for i = 1, math.min(#list, shown) do out[i] = blocks.remark(list[i]) end
  if #list > shown then
    out[#out + 1] = blocks.remark(string.format("… and %d more in the result file.", #list - shown))
  end
  return out
end

-- What the passed gates stand for, if there is room; else their names.
local function passed_blocks(passed, rows_above)
  if rows_above > rows_beside_list_max then
    return {pandoc.Para(blocks.inlines("Passed everywhere: " .. table.concat(passed, ", ") .. "."))}
  end
  local list = pandoc.List()
  for _, name in ipairs(passed) do
    list:insert({pandoc.Plain(blocks.inlines(meaning[name] and name .. ": " .. meaning[name] or name))})
  end
  return {pandoc.Plain(blocks.inlines("Passed everywhere:")), pandoc.BulletList(list)}
end

return function(result)
  local worst, order = collect(result)
  if #order == 0 then return {blocks.missing("not measured: this result has no gates")} end
  local columns = {{"gate", left = true}, {"what must hold", left = true}}
  for _, scenario in ipairs(result.scenarios) do columns[#columns + 1] = {scenario.title, left = true} end
  local shown, passed = sorted(worst, order)
  local rows = {}
  for i = 1, math.min(#shown, rows_shown_max) do
    local name = shown[i]
    local cells = {name, meaning[name] or ""}
    for _, scenario in ipairs(result.scenarios) do
      cells[#cells + 1] = status_cell(worst[name][scenario.name])
    end
    rows[#rows + 1] = cells
  end
  local verdict = result.verdict.verdict
  local out = {
    pandoc.Para({pandoc.Str("Verdict:"), pandoc.Space(),
      blocks.class(verdict == "VALID" and "pass" or verdict == "VOID" and "fail" or "warn", verdict)}),
  }
  if #rows > 0 then out[#out + 1] = blocks.table(columns, rows, {"small", "gates"}) end
  if #shown > #rows then
    out[#out + 1] = blocks.remark(string.format("… and %d more gates in the result file.", #shown - #rows))
  end
  if #passed > 0 then out[#out + 1] = pandoc.Div(passed_blocks(passed, #rows), pandoc.Attr("", {"passed"})) end
  for _, block in ipairs(advice_blocks(result, #rows)) do out[#out + 1] = block end
  return out
end
