-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=ratios scenario=NAME}   how much faster, with confidence intervals
local blocks = require "results.blocks"
local format = require "results.format"
local load = require "results.load"

local shown = {
  {"p50", "p50_ns"}, {"p99", "p99_ns"}, {"p99.9", "p999_ns"}, {"sd", "stddev_ns"},
  {"p99−p50", "jitter_ns"},
}

-- The ratio as inlines, nil where there is none.
local function shown_as(ratio)
  if not ratio or ratio.value == nil then return nil end
  local value = format.significant(ratio.value, 3)
  if ratio.low == nil or ratio.high == nil then
    return blocks.inlines(value .. (ratio.pooled and "†" or "‡"))
  end
  local text = blocks.inlines((ratio.difference == false and "no difference" or value) .. " ")
  local interval = format.significant(ratio.low, 3) .. "–" .. format.significant(ratio.high, 3)
  text:insert(blocks.class("whole", "(" .. interval .. ")"))
  return text
end

-- The pairs in the order of the file, each with its ratios by figure.
local function pairs_of(scenario)
  local list, by_name = {}, {}
  for _, ratio in ipairs(scenario.ratios) do
    local name = ratio.numerator .. "/" .. ratio.denominator
    if not by_name[name] then
      by_name[name] = {numerator = ratio.numerator, denominator = ratio.denominator, ratios = {}}
      list[#list + 1] = by_name[name]
    end
    by_name[name].ratios[ratio.figure] = ratio
  end
  return list
end

local function row_of(pair, void)
  local cells = {blocks.class("whole", pair.numerator .. " ÷ " .. pair.denominator)}
  for _, column in ipairs(shown) do
    local text = shown_as(pair.ratios[column[2]])
    if not text then cells[#cells + 1] = blocks.missing_inline("not measured*")
    else cells[#cells + 1] = void and pandoc.Strikeout(text) or text end
  end
  return cells
end

local function footnotes(result, scenario)
  local pooled, no_interval, null = false, false, false
  for _, pair in ipairs(pairs_of(scenario)) do
    for _, column in ipairs(shown) do
      local ratio = pair.ratios[column[2]]
      if not ratio or ratio.value == nil then null = true
      elseif ratio.low == nil and ratio.pooled then pooled = true
      elseif ratio.low == nil then no_interval = true end
    end
  end
  local text = string.format("In brackets: confidence interval of at least %s %% over %s rounds",
    format.number(result.settings.confidence * 100), format.number(result.settings.rounds))
  if pooled then text = text .. ". † of all rounds’ packets together: no interval" end
  if no_interval then text = text .. ". ‡ too few rounds for an interval" end
  if null then text = text .. ". * not measured: too few packets beyond this percentile" end
  return blocks.remark(text .. ".")
end

return function(result, scenario)
  local rows, void = {}, scenario.verdict.verdict == "VOID"
  for _, pair in ipairs(pairs_of(scenario)) do rows[#rows + 1] = row_of(pair, void) end
  if #rows == 0 then return {blocks.missing("not measured: a ratio needs two receivers")} end
  local columns = {{"latency ÷ latency", left = true}}
  for _, column in ipairs(shown) do columns[#columns + 1] = {column[1]} end
  local out = {blocks.table(columns, rows, {"ratios", scenario.name}), footnotes(result, scenario)}
  if void then out[#out + 1] = blocks.void(load.void_reasons(scenario)) end
  return out
end
