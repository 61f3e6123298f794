-- SPDX-License-Identifier: MIT
--
-- Fragments of a result by name, as `rxbench report --fragments` wrote them into a folder: blocks in NAME.md, single
-- figures as lines of inlines.txt. Without a folder, every fragment says that nothing was measured.
local fragments = {}
local folder, images, inlines = nil, nil, {}

-- "-smart": the texts of rxbench have their own quotes and dashes.
local format = "markdown-smart-implicit_figures-citations-tex_math_dollars"
local unmeasured = "not measured on this machine yet: run ./rxlab demo"
local belongs_to_the_left = "←"

local function content(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- `beside`: the result's folder, where plots are.
function fragments.open(path, beside)
  folder, images = path, beside
  for name, text in (content(path .. "/inlines.txt") or ""):gmatch("(%S+) ([^\n]*)\n") do inlines[name] = text end
end

-- Cells that belong to the one on their left become a part of it.
local function widen(row, is_head)
  local cells = pandoc.List()
  for _, cell in ipairs(row.cells) do
    local left = cells[#cells]
    if left and pandoc.utils.stringify(cell.contents) == belongs_to_the_left then
      left.col_span = left.col_span + 1
      if not is_head then left.alignment = pandoc.AlignLeft end
    else
      cells:insert(cell)
    end
  end
  row.cells = cells
  return row
end

-- A table that is alone in a Div takes the Div's classes, and with heads=2 its first row belongs to the head. Columns
-- are as wide as they need to be, however long the lines of the file are.
local function tabulate(div)
  local found = div.content[1]
  if #div.content ~= 1 or found.t ~= "Table" then return nil end
  local rows = found.bodies[1].body
  local heads = found.head.rows
  if div.attributes.heads then heads:insert(rows:remove(1)) end
  found.head.rows = heads:map(function(row) return widen(row, true) end)
  found.bodies[1].body = rows:map(function(row) return widen(row, false) end)
  found.colspecs = found.colspecs:map(function(spec) return {spec[1], nil} end)
  found.attr = pandoc.Attr("", div.classes)
  return found
end

local function read(markdown)
  local blocks = pandoc.read(markdown, format).blocks
  return pandoc.walk_block(pandoc.Div(blocks), {
    Div = tabulate,
    Image = function(image)
      image.src = images .. "/" .. image.src
      return image
    end,
  }).content
end

local function missing(reason)
  return pandoc.Span(pandoc.Inlines(reason), pandoc.Attr("", {"missing"}))
end

local function reason_for(name)
  return folder and "not measured: this result has no “" .. name .. "”" or unmeasured
end

function fragments.block(name)
  local markdown = folder and content(folder .. "/" .. name .. ".md")
  if markdown then return read(markdown) end
  return {pandoc.Div(pandoc.Para(pandoc.Inlines(reason_for(name))), pandoc.Attr("", {"missing"}))}
end

function fragments.inline(name)
  if inlines[name] then return pandoc.Span(read(inlines[name])[1].content) end
  return missing(reason_for(name))
end

-- A title that the result carries; else the one that the slide has without.
function fragments.title(name, otherwise)
  return inlines[name] and read(inlines[name])[1].content or otherwise
end

-- What a command of this repository has counted and written as Markdown: a table, and remarks on it.
function fragments.counted(path)
  local markdown = content(path) or error("counted: read " .. path .. ": no such file", 0)
  return read(markdown):map(function(block)
    if block.t == "Table" then return tabulate(pandoc.Div({block})) end
    return block.t == "Para" and pandoc.Div(block, pandoc.Attr("", {"remark"})) or block
  end)
end

-- The line at the bottom of a slide with results.
function fragments.provenance()
  return folder and fragments.block("provenance")[1] or
    pandoc.Div(pandoc.Para(pandoc.Inlines(unmeasured)), pandoc.Attr("", {"provenance"}))
end

return fragments
