-- SPDX-License-Identifier: MIT
--
-- ::: {.result command=reproduce}   the commands that measure this result's settings again
local blocks = require "results.blocks"
local format = require "results.format"
local load = require "results.load"

return function(result)
  if not result then return {blocks.missing(load.unmeasured)} end
  local commands = string.format("git checkout %s\n./rxlab bench --rounds %d --seed %d",
    format.text(result.rxlab.commit), result.settings.rounds, result.settings.seed)
  local out = {pandoc.CodeBlock(commands, pandoc.Attr("", {"bash"}))}
  if result.rxlab.dirty then
    out[2] = blocks.remark("The tree had uncommitted changes: that commit alone is not what was measured.")
  end
  return out
end
