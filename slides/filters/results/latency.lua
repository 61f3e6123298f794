-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=latency scenario=NAME}   one row a receiver, the best of each column emphasised
local blocks = require "results.blocks"
local figures = require "results.figures"
local format = require "results.format"
local load = require "results.load"

local ledger = {"sent", "received", "lost"}
local width = 1 + #figures.columns + #ledger

local function columns()
  local list = {{"receiver", left = true}}
  for _, column in ipairs(figures.columns) do list[#list + 1] = {column[1], unit = "µs"} end
  for _, name in ipairs(ledger) do list[#list + 1] = {name, unit = "packets"} end
  return list
end

-- field -> the smallest value as it is shown, where the rows differ in it.
local function best_of(receivers)
  local best = {}
  for _, column in ipairs(figures.columns) do
    local smallest, largest
    for _, receiver in ipairs(receivers) do
      local entry = receiver.figures[column[2]]
      if entry and entry.value then
        smallest = math.min(smallest or entry.value, entry.value)
        largest = math.max(largest or entry.value, entry.value)
      end
    end
    if smallest and format.us(smallest) ~= format.us(largest) then
      best[column[2]] = format.us(smallest)
    end
  end
  return best
end

local function figure_cell(entry, best, void)
  local text = figures.us(entry)
  if not text then return blocks.missing_inline("not measured*") end
  local shown = blocks.inlines(text)
  if void then shown = pandoc.List({pandoc.Strikeout(shown)})
  elseif text == best then shown = pandoc.List({pandoc.Strong(shown)}) end
  if entry.pooled then shown:insert(pandoc.Str("†")) end
  return shown
end

local function measured_row(receiver, best, void)
  local cells = {receiver.title}
  for _, column in ipairs(figures.columns) do
    cells[#cells + 1] = figure_cell(receiver.figures[column[2]], best[column[2]], void)
  end
  for _, name in ipairs(ledger) do
    local text = format.count(receiver.ledger[name])
    cells[#cells + 1] = void and pandoc.Strikeout(blocks.inlines(text)) or text
  end
  return cells
end

local function missing_row(title, reason)
  return {title, {span = width - 1, left = true, content = blocks.missing_inline(reason)}}
end

-- Rows for what was not measured: the candidates left out, and the baselines that no one mentions.
local function missing_rows(result, scenario)
  local rows, known = {}, {}
  for _, receiver in ipairs(scenario.receivers) do
    known[receiver.name], known[receiver.kind] = true, true
  end
  for _, candidate in ipairs(result.candidates_left_out) do
    if not known[candidate.name] then
      rows[#rows + 1] = missing_row(candidate.name, "not measured: " .. candidate.reason)
      known[candidate.name] = true
      known[candidate.name:match("^%a+")] = true
    end
  end
  for _, name in ipairs({"kernel-block", "kernel-spin", "dpdk"}) do
    if not known[name] then rows[#rows + 1] = missing_row(name, load.left_out(result, name)) end
  end
  return rows
end

local function settings_line(result, scenario)
  return string.format(
    "%s of %s packets/s%s (%s), %s s a run; median of %s round%s, the maximum over all",
    scenario.feeds == 1 and "One feed" or format.number(scenario.feeds) .. " feeds",
    format.number(scenario.rate_per_feed), scenario.feeds == 1 and "" or " each", scenario.profile,
    format.number(scenario.seconds),
    format.number(result.settings.rounds), result.settings.rounds == 1 and "" or "s")
end

local function footnotes(result, scenario)
  local text, pooled, null = settings_line(result, scenario), false, false
  for _, receiver in ipairs(scenario.receivers) do
    for _, column in ipairs(figures.columns) do
      local entry = receiver.figures[column[2]]
      if not entry or entry.value == nil then null = true elseif entry.pooled then pooled = true end
    end
  end
  if pooled then text = text .. ". † of all rounds’ packets together" end
  if null then text = text .. ". * " .. figures.too_few(result) end
  return blocks.remark(text .. ".")
end

return function(result, scenario)
  local reasons = load.void_reasons(scenario)
  local void = scenario.verdict.verdict == "VOID"
  local best = void and {} or best_of(scenario.receivers)
  local rows = {}
  for _, receiver in ipairs(scenario.receivers) do
    rows[#rows + 1] = measured_row(receiver, best, void)
  end
  for _, row in ipairs(missing_rows(result, scenario)) do rows[#rows + 1] = row end
  local out = {blocks.table(columns(), rows, {"latency", scenario.name}), footnotes(result, scenario)}
  if void then out[#out + 1] = blocks.void(reasons) end
  return out
end
