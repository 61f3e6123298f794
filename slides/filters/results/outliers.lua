-- SPDX-License-Identifier: MIT
--
-- ::: {.result table=outliers}   what the slowest packets waited for
local blocks = require "results.blocks"

return function()
  return {blocks.missing("not measured: this result attributes no outliers")}
end
