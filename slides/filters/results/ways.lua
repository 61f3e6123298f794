-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=ways scenario=NAME}   every way into user space that was measured here, in short form
local blocks = require "results.blocks"
local figures = require "results.figures"
local load = require "results.load"

local function cell(entry, void)
  local text = figures.us(entry)
  if not text then return blocks.missing_inline("not measured*") end
  return void and pandoc.Strikeout(blocks.inlines(text)) or text
end

return function(result, scenario)
  local rows, void, null = {}, scenario.verdict.verdict == "VOID", false
  for _, receiver in ipairs(scenario.receivers) do
    rows[#rows + 1] = {blocks.class("whole", receiver.title), cell(receiver.figures.p50_ns, void),
      cell(receiver.figures.p99_ns, void)}
    null = null or not figures.us(receiver.figures.p50_ns) or not figures.us(receiver.figures.p99_ns)
  end
  if #rows == 0 then return {blocks.missing("not measured: this scenario has no receivers")} end
  for _, candidate in ipairs(result.candidates_left_out) do
    rows[#rows + 1] = {candidate.name, {span = 2, left = true,
      content = blocks.missing_inline("not measured: " .. candidate.reason)}}
  end
  local out = {blocks.table({{"measured here, one way", left = true}, {"p50", unit = "µs"}, {"p99", unit = "µs"}},
    rows, {"ways", scenario.name})}
  if null then out[#out + 1] = blocks.remark("* " .. figures.too_few(result) .. ".") end
  if void then out[#out + 1] = blocks.void(load.void_reasons(scenario)) end
  return out
end
