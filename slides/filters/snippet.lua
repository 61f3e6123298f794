-- SPDX-License-Identifier: MIT
--
-- Code on slides comes from compiled files:
--
--   ~~~ {.cpp .snippet file="kernel_rx/socket_source.cpp" name="socket-poll"}
--   ~~~
--
-- is filled with the lines between `[snippet: NAME]` and `[end: NAME]` of the file, moved to the left margin.
-- With `from="TEXT"` it begins with the first line that contains TEXT, and with `last="TEXT"` it ends after the first line
-- from there on that does; an ellipsis says where there is more. Lines that contain `mark="TEXT"` are highlighted. Marker
-- lines of other snippets are left out.
local snippet = {}

local function lines_between(path, name)
  local file, reason = io.open(path, "rb")
  if not file then error("snippet " .. name .. ": read " .. reason, 0) end
  local lines, inside, ended = {}, false, false
  for line in file:lines() do
    if line:find("[end: " .. name .. "]", 1, true) then ended = inside; break end
    if inside and not line:find("%[snippet: ") and not line:find("%[end: ") then lines[#lines + 1] = line end
    if line:find("[snippet: " .. name .. "]", 1, true) then inside = true end
  end
  file:close()
  if not ended then error("snippet " .. name .. ": no such markers in " .. path, 0) end
  return lines
end

-- Turns tabs into four spaces, and removes common indentation and empty lines at both ends.
local function tidy(lines)
  local indent
  for i, line in ipairs(lines) do
    lines[i] = line:gsub("\t", "    ")
    if lines[i]:match("%S") then
      local own = #lines[i]:match("^ *")
      indent = math.min(indent or own, own)
    end
  end
  for i, line in ipairs(lines) do lines[i] = line:sub((indent or 0) + 1) end
  while lines[1] and not lines[1]:match("%S") do table.remove(lines, 1) end
  while #lines > 0 and not lines[#lines]:match("%S") do table.remove(lines) end
  return lines
end

local function find_line(lines, text, name, first)
  for i = first, #lines do
    if lines[i]:find(text, 1, true) then return i end
  end
  error("snippet " .. name .. ": no line with " .. text .. " in it", 0)
end

local function cut(lines, attributes, name)
  local first = attributes.from and find_line(lines, attributes.from, name, 1) or 1
  local last = attributes.last and find_line(lines, attributes.last, name, first) or #lines
  local kept = {}
  for i = first, last do kept[#kept + 1] = lines[i] end
  kept = tidy(kept)
  if last < #lines then kept[#kept + 1] = "…" end
  return kept
end

-- A style that highlights the lines that contain `text`: pandoc gives each line of a block an id.
local function highlight(lines, text, id, name)
  find_line(lines, text, name, 1)
  local rules = {}
  for i, line in ipairs(lines) do
    if line:find(text, 1, true) then rules[#rules + 1] = "#" .. id .. "-" .. i end
  end
  return pandoc.RawBlock("html", "<style>.reveal " .. table.concat(rules, ", .reveal ") .. " { background: var(--mark); }</style>")
end

-- The CodeBlock with its text, and perhaps a style; nil if it asks for no snippet.
function snippet.fill(block, root)
  if not block.classes:includes("snippet") then return nil end
  local attributes = block.attributes
  local lines = lines_between(root .. "/" .. (attributes.file or ""), attributes.name or "")
  local classes = block.classes:filter(function(class) return class ~= "snippet" end)
  local shown = cut(tidy(lines), attributes, attributes.name)
  local id = "code-" .. attributes.name
  local code = pandoc.CodeBlock(table.concat(shown, "\n"), pandoc.Attr(id, classes, {source = attributes.file}))
  return attributes.mark and {code, highlight(shown, attributes.mark, id, attributes.name)} or code
end

return snippet
