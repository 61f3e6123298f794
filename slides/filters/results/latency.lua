-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=latency scenario=NAME}   one row per receiver, with the best of each column emphasised, and
-- how many times faster than the blocking socket it is
-- ::: {.result table=jitter scenario=NAME}    the two measures of jitter, in a narrow table
local blocks = require "results.blocks"
local figures = require "results.figures"
local format = require "results.format"
local load = require "results.load"
local ratio = require "results.ratio"

local baseline = "kernel-block"
local shapes = {
  latency = {
    figures = {{"p50", "p50_ns"}, {"p99", "p99_ns"}, {"p99.9", "p999_ns"}, {"maximum", "max_ns"}},
    ledger = {"sent", "lost"},
    ratios = {{"p50", "p50_ns"}, {"p99", "p99_ns"}},
  },
  jitter = {
    figures = {{"std. dev.", "stddev_ns"}, {"p99−p50", "jitter_ns"}},
    ledger = {},
    ratios = {},
  },
}

local function columns(shape)
  local list = {{"receiver", left = true}}
  for _, column in ipairs(shape.figures) do list[#list + 1] = {column[1], unit = "µs"} end
  for _, name in ipairs(shape.ledger) do list[#list + 1] = {name, unit = "packets"} end
  for _, column in ipairs(shape.ratios) do
    list[#list + 1] = {column[1], unit = "blocking ÷ this"}
  end
  return list
end

local function width(shape) return 1 + #shape.figures + #shape.ledger + #shape.ratios end

-- field -> the smallest value as it is shown, if the rows differ in it.
local function best_of(receivers, shape)
  local best = {}
  for _, column in ipairs(shape.figures) do
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

local function measured_row(scenario, receiver, shape, best, void)
  local cells = {blocks.class("whole", receiver.title)}
  for _, column in ipairs(shape.figures) do
    cells[#cells + 1] = figure_cell(receiver.figures[column[2]], best[column[2]], void)
  end
  for _, name in ipairs(shape.ledger) do
    local text = format.count(receiver.ledger[name])
    cells[#cells + 1] = void and pandoc.Strikeout(blocks.inlines(text)) or text
  end
  for _, column in ipairs(shape.ratios) do
    cells[#cells + 1] = ratio.cell(scenario, baseline, receiver.name, column[2])
  end
  return cells
end

local function missing_row(title, reason, shape)
  return {title, {span = width(shape) - 1, left = true, content = blocks.missing_inline(reason)}}
end

-- Rows for what was not measured: the candidates left out, and baselines that the result does not mention.
local function missing_rows(result, scenario, shape)
  local rows, known = {}, {}
  for _, receiver in ipairs(scenario.receivers) do
    known[receiver.name], known[receiver.kind] = true, true
  end
  for _, candidate in ipairs(result.candidates_left_out) do
    if not known[candidate.name] then
      rows[#rows + 1] = missing_row(candidate.name, "not measured: " .. candidate.reason, shape)
      known[candidate.name] = true
      known[candidate.name:match("^%a+")] = true
    end
  end
  for _, name in ipairs({baseline, "kernel-spin", "dpdk"}) do
    if not known[name] then rows[#rows + 1] = missing_row(name, load.left_out(result, name), shape) end
  end
  return rows
end

local function settings_line(result, scenario)
  return string.format(
    "%s of %s packets/s%s (%s), %s s a run; median of %s round%s, the maximum over all.",
    scenario.feeds == 1 and "One feed" or format.number(scenario.feeds) .. " feeds",
    format.number(scenario.rate_per_feed), scenario.feeds == 1 and "" or " each", scenario.profile,
    format.number(scenario.seconds),
    format.number(result.settings.rounds), result.settings.rounds == 1 and "" or "s")
end

local function footnotes(result, scenario, shape)
  local pairs, fields, null = {}, {}, false
  for _, column in ipairs(shape.ratios) do fields[#fields + 1] = column[2] end
  for _, receiver in ipairs(scenario.receivers) do
    if receiver.name ~= baseline then pairs[#pairs + 1] = {baseline, receiver.name} end
    for _, column in ipairs(shape.figures) do
      local entry = receiver.figures[column[2]]
      null = null or not entry or entry.value == nil
    end
  end
  local text, null_ratio = settings_line(result, scenario), false
  if #fields > 0 then
    local note
    note, null_ratio = ratio.footnote(result, scenario, pairs, fields)
    text = text .. note
  end
  for _, receiver in ipairs(scenario.receivers) do
    for _, column in ipairs(shape.figures) do
      local entry = receiver.figures[column[2]]
      if entry and entry.pooled and not text:find("†", 1, true) then
        text = text .. " † of all rounds’ packets together."
      end
    end
  end
  if null or null_ratio then text = text .. " * " .. figures.too_few(result) .. "." end
  return blocks.remark(text)
end

return function(result, scenario, attributes)
  local shape = shapes[attributes.table]
  local void = scenario.verdict.verdict == "VOID"
  local best = void and {} or best_of(scenario.receivers, shape)
  local rows = {}
  for _, receiver in ipairs(scenario.receivers) do
    rows[#rows + 1] = measured_row(scenario, receiver, shape, best, void)
  end
  for _, row in ipairs(missing_rows(result, scenario, shape)) do rows[#rows + 1] = row end
  local out = {blocks.table(columns(shape), rows, {attributes.table, scenario.name}),
    footnotes(result, scenario, shape)}
  if void then out[#out + 1] = blocks.void(load.void_reasons(scenario)) end
  return out
end
