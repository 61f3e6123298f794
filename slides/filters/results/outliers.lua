-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=outliers scenario=NAME}   what the slowest packets waited for
local blocks = require "results.blocks"
local format = require "results.format"
local load = require "results.load"

local causes = {
  {"sender_late", "sender late"}, {"core_stolen", "core stolen"}, {"context_switch", "context switch"},
  {"queued", "queued"}, {"unexplained", "unexplained"},
}

local function row_of(receiver, void)
  local cells = {blocks.class("whole", receiver.title)}
  local outliers = receiver.outliers
  if not outliers or outliers.attributed_percent == nil then
    cells[2] = {span = #causes + 1, left = true, content = blocks.missing_inline("not measured: this result keeps no slow packets")}
    return cells
  end
  for _, cause in ipairs(causes) do
    local text = format.count(outliers.by_cause[cause[1]] or 0)
    cells[#cells + 1] = void and pandoc.Strikeout(blocks.inlines(text)) or text
  end
  local share = format.number(outliers.attributed_percent) .. "\u{a0}%"
  cells[#cells + 1] = void and pandoc.Strikeout(blocks.inlines(share)) or pandoc.Strong(blocks.inlines(share))
  return cells
end

return function(result, scenario)
  local rows, void, any = {}, scenario.verdict.verdict == "VOID", false
  for _, receiver in ipairs(scenario.receivers) do
    rows[#rows + 1] = row_of(receiver, void)
    any = any or receiver.outliers ~= nil
  end
  if not any then return {blocks.missing("not measured: this result does not attribute slow packets; measure again")} end
  local columns = {{"of the 100 slowest", left = true}}
  for _, cause in ipairs(causes) do columns[#columns + 1] = {cause[2]} end
  columns[#columns + 1] = {"attributed"}
  local out = {blocks.table(columns, rows, {"outliers", scenario.name})}
  if void then out[#out + 1] = blocks.void(load.void_reasons(scenario)) end
  return out
end
