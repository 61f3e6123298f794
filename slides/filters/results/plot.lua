-- SPDX-License-Identifier: MIT
--
-- ::: {.result plot=percentiles|timeline scenario=NAME}   an image that rxbench wrote beside the result file
local blocks = require "results.blocks"
local load = require "results.load"

local descriptions = {
  percentiles = "Latency by percentile, one curve for each receiver",
  timeline = "Latency over the time of one run, for each receiver",
}

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

return function(result, scenario, attributes)
  local kind = attributes.plot
  local name = scenario.name .. "-" .. kind .. ".svg"
  local path = result.folder .. "/" .. name
  if not exists(path) then
    return {blocks.missing("not measured: " .. name .. " is not beside the result file; rxbench report makes it")}
  end
  local text = (descriptions[kind] or kind) .. ": " .. scenario.title
  local image = pandoc.Image(blocks.inlines(text), path)
  local out = {pandoc.Div(pandoc.Para({image}), pandoc.Attr("", {"plot"}))}
  if scenario.verdict.verdict == "VOID" then out[#out + 1] = blocks.void(load.void_reasons(scenario)) end
  return out
end
