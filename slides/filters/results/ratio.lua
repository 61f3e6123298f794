-- SPDX-License-Identifier: MIT
--
-- A ratio of a scenario: found by its two receivers and its figure, and written with its interval.
local blocks = require "results.blocks"
local format = require "results.format"
local ratio = {}

-- The entry of `numerator` ÷ `denominator`, or nil: the file has each pair once, in a fixed order.
function ratio.find(scenario, numerator, denominator, figure)
  for _, entry in ipairs(scenario.ratios) do
    if entry.numerator == numerator and entry.denominator == denominator and entry.figure == figure then
      return entry
    end
  end
  return nil
end

-- "10.2 (8.85–10.9)", "no difference (0.97–1.07)", "1.58†"; nil if there is none.
function ratio.inlines(entry)
  if not entry or entry.value == nil then return nil end
  local value = format.significant(entry.value, 3)
  if entry.low == nil or entry.high == nil then
    return blocks.inlines(value .. (entry.pooled and "†" or "‡"))
  end
  local text = blocks.inlines((entry.difference == false and "no difference" or value) .. " ")
  local interval = format.significant(entry.low, 3) .. "–" .. format.significant(entry.high, 3)
  text:insert(blocks.class("whole", "(" .. interval .. ")"))
  return text
end

-- A cell: the ratio, struck through if the scenario is VOID, or the reason why there is none.
function ratio.cell(scenario, numerator, denominator, figure)
  if numerator == denominator then return blocks.inlines("1") end
  local text = ratio.inlines(ratio.find(scenario, numerator, denominator, figure))
  if not text then return blocks.missing_inline("not measured*") end
  return scenario.verdict.verdict == "VOID" and pandoc.Strikeout(text) or text
end

-- Explains, in sentences, the marks that the ratios of `figures` over all `pairs` use.
function ratio.footnote(result, scenario, pairs, figures)
  local pooled, no_interval, null = false, false, false
  for _, pair in ipairs(pairs) do
    for _, figure in ipairs(figures) do
      local entry = ratio.find(scenario, pair[1], pair[2], figure)
      if not entry or entry.value == nil then null = true
      elseif entry.low == nil and entry.pooled then pooled = true
      elseif entry.low == nil then no_interval = true end
    end
  end
  local text = string.format(" In brackets: interval of at least %s %% over %s rounds.",
    format.number(result.settings.confidence * 100), format.number(result.settings.rounds))
  if pooled then text = text .. " † of all rounds’ packets together: no interval." end
  if no_interval then text = text .. " ‡ too few rounds for an interval." end
  return text, null
end

return ratio
