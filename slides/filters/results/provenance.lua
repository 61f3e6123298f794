-- SPDX-License-Identifier: MIT
--
-- The line at the bottom of each slide with results: where its figures come from.
local blocks = require "results.blocks"
local format = require "results.format"
local load = require "results.load"

local function part(result, path, before)
  local value = load.field(result, path)
  return (before or "") .. (value == nil and "not recorded" or format.text(value))
end

local function line(result)
  local hypervisor = load.field(result, "environment.hypervisor")
  local machine = part(result, "environment.cpu.model") .. ", " .. part(result, "environment.cpu.online") .. " CPUs"
  if hypervisor and hypervisor ~= "none" then machine = machine .. ", " .. hypervisor end
  local commit = part(result, "rxlab.commit", "commit ")
  if result.rxlab.dirty then commit = commit .. " (changed)" end
  local parts = {
    machine, part(result, "environment.kernel.release", "kernel "), part(result, "testbed.name", "rung "),
    result.created, commit,
  }
  if result.settings.quick then parts[#parts + 1] = "quick run, not for figures" end
  return table.concat(parts, " · ")
end

return function(result)
  local content
  if result then
    content = blocks.inlines(line(result))
    content:extend({pandoc.Space(), pandoc.Str("·"), pandoc.Space(),
      blocks.class("verdict-" .. result.verdict.verdict:lower(), "verdict " .. result.verdict.verdict)})
  else
    content = blocks.inlines(load.unmeasured)
  end
  return pandoc.Div(pandoc.Para(content), pandoc.Attr("", {"provenance"}))
end
