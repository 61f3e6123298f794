-- SPDX-License-Identifier: MIT
--
-- Files that other commands of rxbench leave beside the result file.
local beside = {}

-- The text of result.folder/NAME; nil if there is none.
function beside.text(result, name)
  local file = io.open(result.folder .. "/" .. name, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- A Div with the image NAME; nil if there is none.
function beside.plot(result, name, description)
  if not beside.text(result, name) then return nil end
  local image = pandoc.Image({pandoc.Str(description)}, result.folder .. "/" .. name)
  return pandoc.Div(pandoc.Para({image}), pandoc.Attr("", {"plot"}))
end

return beside
