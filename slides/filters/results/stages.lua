-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=stages scenario=NAME}   where a packet's time goes, with the medians drawn to scale
local blocks = require "results.blocks"
local figures = require "results.figures"
local load = require "results.load"

local stages = {
  {"sender_lag", "sender’s error"}, {"path", "send, wire, receive"}, {"book", "decode, book"},
}
local bar_pixels = 220

local function median(receiver, stage)
  local entry = receiver.stages[stage] and receiver.stages[stage].p50_ns
  return entry and entry.value
end

local function columns()
  local list = {{"receiver", left = true}}
  for _ = 1, #stages do
    list[#list + 1] = {"p50"}
    list[#list + 1] = {"p99"}
  end
  list[#list + 1] = {"p50, to scale", left = true}
  return list
end

-- The stages' names above their columns, each with the colour of its bars.
local function groups(scenario)
  local cells = {scenario.title}
  for _, stage in ipairs(stages) do
    local title = blocks.inlines(stage[2] .. ", µs")
    title:insert(1, pandoc.Span({}, pandoc.Attr("", {"bar", "key", stage[1]})))
    cells[#cells + 1] = {span = 2, content = title}
  end
  cells[#cells + 1] = ""
  return cells
end

local function longest(receivers)
  local ns = 1
  for _, receiver in ipairs(receivers) do
    local sum = 0
    for _, stage in ipairs(stages) do sum = sum + math.max(0, median(receiver, stage[1]) or 0) end
    ns = math.max(ns, sum)
  end
  return ns
end

local function bar(receiver, scale_ns)
  local pieces = pandoc.List()
  for _, stage in ipairs(stages) do
    local pixels = math.max(0, median(receiver, stage[1]) or 0) / scale_ns * bar_pixels
    pieces:insert(pandoc.Span({}, pandoc.Attr("", {"bar", stage[1]},
      {style = string.format("width:%.1fpx", pixels)})))
  end
  return {pandoc.Span(pieces, pandoc.Attr("", {"bars"}))}
end

local function row_of(receiver, scale_ns, void)
  local cells = {blocks.class("whole", receiver.title)}
  for _, stage in ipairs(stages) do
    for _, field in ipairs({"p50_ns", "p99_ns"}) do
      local text = figures.us(receiver.stages[stage[1]] and receiver.stages[stage[1]][field])
      if not text then cells[#cells + 1] = blocks.missing_inline("not measured*")
      elseif void then cells[#cells + 1] = pandoc.Strikeout(blocks.inlines(text))
      else cells[#cells + 1] = text end
    end
  end
  cells[#cells + 1] = void and "VOID" or bar(receiver, scale_ns)
  return cells
end

local function has_null(receivers)
  for _, receiver in ipairs(receivers) do
    for _, stage in ipairs(stages) do
      local entry = receiver.stages[stage[1]] or {}
      if not figures.us(entry.p50_ns) or not figures.us(entry.p99_ns) then return true end
    end
  end
  return false
end

return function(result, scenario)
  local void = scenario.verdict.verdict == "VOID"
  local rows, scale_ns = {}, longest(scenario.receivers)
  for _, receiver in ipairs(scenario.receivers) do
    rows[#rows + 1] = row_of(receiver, scale_ns, void)
  end
  if #rows == 0 then return {blocks.missing("not measured: this scenario has no receivers")} end
  local out = {blocks.table(columns(), rows, {"stages", scenario.name}, groups(scenario))}
  local text = "Each stage’s own median: they need not add up."
  if has_null(scenario.receivers) then text = text .. " * " .. figures.too_few(result) .. "." end
  out[#out + 1] = blocks.remark(text)
  if void then out[#out + 1] = blocks.void(load.void_reasons(scenario)) end
  return out
end
