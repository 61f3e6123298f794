-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=rates}   latency against rate, and each receiver's highest rate without loss
local blocks = require "results.blocks"

return function()
  return {blocks.missing("not measured: this result has one rate only")}
end
