-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=cost scenario=NAME}   what a receiver costs its CPU, beside the latency that this buys
local blocks = require "results.blocks"
local figures = require "results.figures"
local format = require "results.format"
local load = require "results.load"

local function row_of(result, scenario, receiver, void)
  local usage = receiver.usage
  local cpu_s = usage.user_s + usage.system_s
  local packets = receiver.ledger.received / result.settings.rounds
  local values = {
    figures.us(receiver.figures.p50_ns) or nil,
    format.significant(cpu_s / scenario.seconds, 3),
    format.significant(usage.user_s, 3), format.significant(usage.system_s, 3),
    packets > 0 and format.significant(cpu_s * 1e6 / packets, 3) or nil,
    packets > 0 and format.significant(usage.voluntary_switches / packets, 3) or nil,
  }
  local cells = {blocks.class("whole", receiver.title)}
  for i = 1, 6 do
    if not values[i] then cells[#cells + 1] = blocks.missing_inline("not measured")
    elseif void then cells[#cells + 1] = pandoc.Strikeout(blocks.inlines(values[i]))
    else cells[#cells + 1] = values[i] end
  end
  return cells
end

return function(result, scenario)
  local rows, void = {}, scenario.verdict.verdict == "VOID"
  for _, receiver in ipairs(scenario.receivers) do
    rows[#rows + 1] = row_of(result, scenario, receiver, void)
  end
  if #rows == 0 then return {blocks.missing("not measured: this scenario has no receivers")} end
  local columns = {{"receiver", left = true}, {"p50", unit = "µs"}, {"CPU time", unit = "s per s"},
    {"user", unit = "s a run"}, {"system", unit = "s a run"}, {"CPU", unit = "µs a packet"},
    {"sleeps", unit = "a packet"}}
  local out = {blocks.table(columns, rows, {"cost", scenario.name}), blocks.remark(string.format(
    "The receiver’s own CPU time: medians of %s rounds of %s s. Work done for it in interrupts and softirqs is not in it.",
    format.number(result.settings.rounds), format.number(scenario.seconds)))}
  if void then out[#out + 1] = blocks.void(load.void_reasons(scenario)) end
  return out
end
