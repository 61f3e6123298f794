-- SPDX-License-Identifier: MIT
--
-- ::: {.result command=reproduce}   the commands that measure this result's settings again
local blocks = require "results.blocks"
local format = require "results.format"
local load = require "results.load"

-- As a person would type it: 10000, 1.9.
local function plain(value)
  return (string.format("%.6f", value):gsub("%.?0+$", ""))
end

local function command(result, scenario)
  local options = {
    "--rate " .. plain(scenario.rate_per_feed), "--profile " .. scenario.profile,
    "--seconds " .. plain(scenario.seconds), "--warmup " .. plain(scenario.warmup_s),
  }
  if scenario.name == "multi" then table.insert(options, 1, "--feeds " .. plain(scenario.feeds)) end
  return string.format("./rxlab bench --scenario %s --rounds %s --seed %s \\\n    %s", scenario.name,
    plain(result.settings.rounds), plain(result.settings.seed), table.concat(options, " "))
end

return function(result)
  if not result then return {blocks.missing(load.unmeasured)} end
  local lines = {"git checkout " .. format.text(result.rxlab.commit)}
  for _, scenario in ipairs(result.scenarios) do lines[#lines + 1] = command(result, scenario) end
  local out = {pandoc.CodeBlock(table.concat(lines, "\n"), pandoc.Attr("", {"bash"}))}
  if result.rxlab.dirty then
    out[2] = blocks.remark("The tree had uncommitted changes: that commit alone is not what was measured.")
  end
  return out
end
