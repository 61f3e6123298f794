-- SPDX-License-Identifier: MIT
--
-- Pieces of a slide: tables, statements that something is missing, remarks.
local blocks = {}

function blocks.inlines(text)
  local list = pandoc.List()
  for word, space in text:gmatch("(%S*)(%s*)") do
    if word ~= "" then list:insert(pandoc.Str(word)) end
    if space ~= "" then list:insert(pandoc.Space()) end
  end
  return list
end

function blocks.class(name, text)
  return pandoc.Span(blocks.inlines(text), pandoc.Attr("", {name}))
end

-- A visible statement in place of something that is missing.
function blocks.missing(reason)
  return pandoc.Div(pandoc.Para(blocks.inlines(reason)), pandoc.Attr("", {"missing"}))
end

function blocks.missing_inline(reason)
  return blocks.class("missing", reason)
end

function blocks.remark(text)
  return pandoc.Div(pandoc.Para(blocks.inlines(text)), pandoc.Attr("", {"remark"}))
end

function blocks.void(reasons)
  local text = "VOID, not to be used: " .. table.concat(reasons, "; ")
  return pandoc.Div(pandoc.Para(blocks.inlines(text)), pandoc.Attr("", {"void-reason"}))
end

-- A cell of a row: a string, an inline, a list of inlines, or {span = n, content = any of these,
-- left = true for text in a column of numbers}.
local function cell(content)
  local span, align = 1, pandoc.AlignDefault
  if type(content) == "table" and content.span then
    if content.left then align = pandoc.AlignLeft end
    content, span = content.content, content.span
  end
  if type(content) == "string" then content = blocks.inlines(content) end
  return pandoc.Cell({pandoc.Plain(content)}, align, 1, span)
end

local function row(contents)
  local cells = pandoc.List()
  for _, content in ipairs(contents) do cells:insert(cell(content)) end
  return pandoc.Row(cells)
end

-- `columns`: list of {title, unit = "µs" or nil, left = true for text}; `rows`: lists of cells;
-- `groups`: cells of a heading above the columns' own, or nil.
function blocks.table(columns, rows, classes, groups)
  local specs, head, body = pandoc.List(), pandoc.List(), pandoc.List()
  for _, column in ipairs(columns) do
    specs:insert({column.left and pandoc.AlignLeft or pandoc.AlignRight, nil})
    local title = blocks.inlines(column[1])
    if column.unit then title:extend({pandoc.LineBreak(), blocks.class("unit", column.unit)}) end
    head:insert(title)
  end
  for _, contents in ipairs(rows) do body:insert(row(contents)) end
  local heads = pandoc.List({row(head)})
  if groups then heads:insert(1, row(groups)) end
  return pandoc.Table({long = {}, short = nil}, specs, pandoc.TableHead(heads),
    {{attr = pandoc.Attr(), body = body, head = {}, row_head_columns = 0}},
    pandoc.TableFoot({}), pandoc.Attr("", classes or {}))
end

return blocks
