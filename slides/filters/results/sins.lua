-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=sins}   how much better each classic error makes the numbers look, on the traces of this result:
-- from sins.md beside the result file, as `rxbench sins --markdown` prints it
local beside = require "results.beside"
local blocks = require "results.blocks"
local rules = require "results.audit_rules"

local absent = "not measured for this result: ./rxlab demo does it; or rxbench run --keep-traces, then rxbench sins --markdown into sins.md"

-- The table under the heading that begins with `name`; nil if there is none.
local function table_of(document, name)
  local inside = false
  for _, block in ipairs(document.blocks) do
    if block.t == "Header" then
      inside = pandoc.utils.stringify(block):sub(1, #name + 1) == name .. ","
    elseif inside and block.t == "Table" then
      return block
    end
  end
  return nil
end

return function(result)
  local text = beside.text(result, "sins.md")
  if not text then return {blocks.missing(absent)} end
  local scenario = result.scenarios[1]
  local name = scenario and (rules.dpdk_of(scenario) or scenario.receivers[1] and scenario.receivers[1].name)
  local wanted = name and scenario.name .. ", " .. name
  local found = wanted and table_of(pandoc.read(text, "gfm"), wanted)
  if not found then return {blocks.missing("not measured: sins.md has nothing on " .. tostring(wanted))} end
  found.attr = pandoc.Attr("", {"sins"})
  return {found, blocks.remark("The traces of " .. wanted .. ", honest and with each error. µs; only the first row is true.")}
end
