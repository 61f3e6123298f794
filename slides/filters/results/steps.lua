-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=steps}   the two steps from a blocking socket to bypass: the gain from not sleeping, and the
-- further gain from leaving the stack
local blocks = require "results.blocks"
local audit = require "results.audit_rules"
local load = require "results.load"
local ratio = require "results.ratio"

local steps = {
  {"stop sleeping", "kernel-block", "kernel-spin"},
  {"then leave the stack", "kernel-spin", "dpdk"},
  {"both", "kernel-block", "dpdk"},
}
local shown = {"p50_ns", "p99_ns"}

local function cells_of(result, name, from, to)
  local scenario = load.scenario(result, name)
  local cells = {}
  for _, figure in ipairs(shown) do
    local denominator = to == "dpdk" and scenario and audit.dpdk_of(scenario) or to
    if not scenario or not denominator then cells[#cells + 1] = blocks.missing_inline("not measured")
    else cells[#cells + 1] = ratio.cell(scenario, from, denominator, figure) end
  end
  return cells
end

return function(result)
  local rows = {}
  for _, step in ipairs(steps) do
    local row = {step[1]}
    for _, name in ipairs({"single", "multi"}) do
      for _, cell in ipairs(cells_of(result, name, step[2], step[3])) do row[#row + 1] = cell end
    end
    rows[#rows + 1] = row
  end
  local columns = {{"step", left = true}, {"p50"}, {"p99"}, {"p50"}, {"p99"}}
  local groups = {"times faster", {span = 2, content = "one feed"}, {span = 2, content = "several feeds"}}
  local single = load.scenario(result, "single")
  local name = single and audit.dpdk_of(single)
  local text = "In brackets: the confidence interval. An interval that holds 1 reads “no difference”."
  if name then text = "Bypass here: " .. name .. ". " .. text end
  return {blocks.table(columns, rows, {"steps"}, groups), blocks.remark(text)}
end
