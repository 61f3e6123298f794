-- SPDX-License-Identifier: MIT
--
-- The figures of a receiver: their names in the result file and on slides.
local format = require "results.format"
local figures = {}

-- Columns of the tables, in their order.
figures.columns = {
  {"p50", "p50_ns"}, {"p99", "p99_ns"}, {"p99.9", "p999_ns"}, {"maximum", "max_ns"},
  {"sd", "stddev_ns"}, {"p99−p50", "jitter_ns"},
}

-- Short names that a slide may use: [ ]{.result value="single.kernel-block.p50"}.
figures.fields = {
  p50 = "p50_ns", p90 = "p90_ns", p99 = "p99_ns", ["p99.9"] = "p999_ns", p999 = "p999_ns",
  p9999 = "p9999_ns", max = "max_ns", mean = "mean_ns", stddev = "stddev_ns", jitter = "jitter_ns",
}

-- The only reason why a figure can be null (docs/result-format.md).
function figures.too_few(result)
  return string.format("not measured: fewer than %s packets beyond this percentile",
                       format.number(result.settings.samples_beyond))
end

-- The value of {value, min, max, pooled} in µs; nil if there is none.
function figures.us(entry)
  if not entry or entry.value == nil then return nil end
  return format.us(entry.value)
end

return figures
