-- SPDX-License-Identifier: MIT
--
-- The claims of the public example that this kit is modelled on, and the rule by which they are judged.
local rules = {}

-- The ratios in its results table, kernel sockets against DPDK. Its code cannot produce them: its simulator
-- could not send, and its receivers recorded no percentile.
rules.claims = {
  {title = "One feed, p50", scenario = "single", figure = "p50_ns", factor = 6.8},
  {title = "One feed, p99", scenario = "single", figure = "p99_ns", factor = 9.2},
  {title = "Several feeds, p50", scenario = "multi", figure = "p50_ns", factor = 7.3},
  {title = "Several feeds, p99", scenario = "multi", figure = "p99_ns", factor = 11.3},
  {title = "One feed, standard deviation", scenario = "single", figure = "stddev_ns", factor = 10},
}

-- The DPDK receiver that stands for bypass: the first one of the file, so that nobody picks the best.
function rules.dpdk_of(scenario)
  for _, receiver in ipairs(scenario.receivers) do
    if receiver.kind == "dpdk" then return receiver.name end
  end
  return nil
end

-- "supported", "not supported" or "not testable", and for the last one the reason.
function rules.judge(result, scenario, entry, factor)
  if result.testbed.name == "vm" then return "not testable", "emulated NICs" end
  if not scenario then return "not testable", "not measured" end
  if scenario.verdict.verdict == "VOID" then return "not testable", "VOID" end
  if not entry or entry.value == nil then return "not testable", "not measured" end
  if entry.low == nil then return "not testable", "no interval" end
  return entry.low >= factor and "supported" or "not supported"
end

return rules
