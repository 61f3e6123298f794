-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=environment}   the machine, the build and the settings
local blocks = require "results.blocks"
local format = require "results.format"
local load = require "results.load"

-- Title and dotted path; two of them make a row.
local fields = {
  {"CPU", "environment.cpu.model"}, {"kernel", "environment.kernel.release"},
  {"logical CPUs", "environment.cpu.online"}, {"clock source", "environment.kernel.clocksource"},
  {"isolated CPUs", "environment.cpu.isolated"}, {"distribution", "environment.distribution"},
  {"SMT", "environment.cpu.smt"}, {"hypervisor", "environment.hypervisor"},
  {"governor", "environment.cpu.governor"}, {"idle driver", "environment.cpu.idle_driver"},
  {"NUMA nodes", "environment.cpu.numa_nodes"}, {"huge pages", "environment.memory.huge_pages"},
  {"transparent huge pages", "environment.memory.transparent_huge_pages"}, {"test bed", "testbed.name"},
  {"interface driver", "environment.interface_driver"}, {"as root", "environment.root"},
  {"DPDK", "environment.dpdk_version"}, {"compiler", "rxlab.compiler"},
  {"sender on CPU", "settings.sender_cpu"}, {"receiver on CPU", "settings.receiver_cpu"},
  {"instruction set", "rxlab.march"}, {"build", "rxlab.build_type"},
}
local command_line_characters_max = 150

local function value_of(result, path)
  local value = load.field(result, path)
  if path == "environment.cpu.isolated" and value == nil then return "none" end
  if value == nil then return blocks.missing_inline("not recorded") end
  return format.text(value)
end

local function vulnerable(result)
  local names = {}
  for name, state in pairs(load.field(result, "environment.kernel.vulnerabilities") or {}) do
    if tostring(state):match("^Vulnerable") then names[#names + 1] = name end
  end
  table.sort(names)
  return #names == 0 and "none reported as vulnerable" or "vulnerable: " .. table.concat(names, ", ")
end

local function command_line(result)
  local text = load.field(result, "environment.kernel.command_line")
  if not text then return blocks.missing_inline("not recorded") end
  if #text <= command_line_characters_max then return text end
  return text:sub(1, command_line_characters_max) .. " … (all of it in the result file)"
end

return function(result)
  local rows = {}
  for i = 1, #fields, 2 do
    local left, right = fields[i], fields[i + 1]
    rows[#rows + 1] = {left[1], value_of(result, left[2]), right[1], value_of(result, right[2])}
  end
  rows[#rows + 1] = {"command line", {span = 3, content = command_line(result)}}
  rows[#rows + 1] = {"mitigations", {span = 3, content = vulnerable(result)}}
  local columns = {{"what", left = true}, {"value", left = true}, {"what", left = true}, {"value", left = true}}
  return {blocks.table(columns, rows, {"small", "environment"})}
end
