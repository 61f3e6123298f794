-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=audit}   compares the example's five claims with what was measured here
local blocks = require "results.blocks"
local format = require "results.format"
local load = require "results.load"
local ratio = require "results.ratio"
local rules = require "results.audit_rules"

local class = {["supported"] = "pass", ["not supported"] = "fail", ["not testable"] = "warn"}

-- Two cells: the ratio measured, and the judgement.
local function cells_of(result, claim, baseline)
  local scenario = load.scenario(result, claim.scenario)
  local name = scenario and rules.dpdk_of(scenario)
  local entry = name and ratio.find(scenario, baseline, name, claim.figure)
  local judgement, reason = rules.judge(result, scenario, entry, claim.factor)
  local text = ratio.inlines(entry) or blocks.missing_inline("not measured")
  if scenario and scenario.verdict.verdict == "VOID" then text = pandoc.Strikeout(text) end
  return text, blocks.class(class[judgement], judgement .. (reason and ": " .. reason or ""))
end

return function(result)
  local rows = {}
  for _, claim in ipairs(rules.claims) do
    local row = {claim.title, format.significant(claim.factor, claim.factor >= 10 and 3 or 2):gsub("%.0$", "") .. "x"}
    for _, baseline in ipairs({"kernel-block", "kernel-spin"}) do
      local text, judgement = cells_of(result, claim, baseline)
      row[#row + 1], row[#row + 2] = text, judgement
    end
    rows[#rows + 1] = row
  end
  local columns = {{"claim", left = true}, {"claimed"}, {"measured"}, {"", left = true}, {"measured"}, {"", left = true}}
  local groups = {"kernel ÷ DPDK", "", {span = 2, content = "blocking socket"}, {span = 2, content = "spinning socket"}}
  local single = load.scenario(result, "single")
  local name = single and rules.dpdk_of(single) or "no DPDK receiver"
  return {
    blocks.table(columns, rows, {"audit"}, groups),
    blocks.remark("Supported: the whole interval is at or above the claim. DPDK here: " .. name ..
      ", the first of the file. The example does not say how its kernel receiver waited, so both are shown."),
    blocks.remark("Its absolute figures come from no known machine: not testable on rung " ..
      format.text(result.testbed.name) .. "."),
  }
end
