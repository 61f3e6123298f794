-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=rates}   latency against rate, and each receiver's highest rate without loss: from load.json and
-- load.svg beside the result file, as `rxbench load` leaves them
local beside = require "results.beside"
local blocks = require "results.blocks"
local format = require "results.format"
local load = require "results.load"

local schema = "rxlab.load/1"
local absent = "not measured for this result: run build/release/bin/rxbench load --output with the result’s folder"

local function row_of(series)
  local limit
  if series.lossless_pps == nil then limit = blocks.missing_inline("lost packets at every rate tried")
  else limit = (series.is_sender_limited and "≥ " or "") .. format.count(series.lossless_pps) end
  return {blocks.class("whole", series.title), limit}
end

-- How the rates were measured.
local function remark(result, data)
  local text = string.format("One feed, %s, trials of %s s.", data.profile, format.number(data.seconds))
  for _, series in ipairs(data.series) do
    if series.is_sender_limited then
      return text .. " ≥: the sender could not go faster, and nothing was lost."
    end
  end
  return text
end

return function(result)
  local text = beside.text(result, "load.json")
  if not text then return {blocks.missing(absent)} end
  local data = load.decode(text, result.folder .. "/load.json")
  if data.schema ~= schema then
    return {blocks.missing("not shown: load.json has schema " .. tostring(data.schema) .. ", this deck reads " .. schema)}
  end
  if data.testbed.name ~= result.testbed.name or data.environment.cpu.model ~= result.environment.cpu.model or
     data.environment.kernel.release ~= result.environment.kernel.release then
    return {blocks.missing("not shown: load.json is of another machine, kernel or rung; run rxbench load again")}
  end
  local rows = {}
  for _, series in ipairs(data.series) do rows[#rows + 1] = row_of(series) end
  local left = pandoc.Div({
    blocks.table({{"receiver", left = true}, {"highest rate without loss", unit = "packets/s"}}, rows, {"rates"}),
    blocks.remark(remark(result, data)),
    blocks.remark("Measured " .. data.created .. ", commit " .. data.rxlab.commit .. "."),
  }, pandoc.Attr("", {"column"}))
  local plot = beside.plot(result, "load.svg", "p50 and p99 against the rate, one line for each receiver, as far as nothing was lost")
    or blocks.missing("not measured: load.svg is not beside the result file")
  return {pandoc.Div({left, pandoc.Div({plot}, pandoc.Attr("", {"column"}))}, pandoc.Attr("", {"columns", "wide-right"}))}
end
