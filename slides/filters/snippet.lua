-- SPDX-License-Identifier: MIT
--
-- Code on slides comes from compiled files:
--
--   ~~~ {.cpp .snippet file="kernel_rx/socket_source.cpp" name="socket-poll"}
--   ~~~
--
-- is filled with the lines between `[snippet: NAME]` and `[end: NAME]` of the file, moved to the left margin.
-- With `last="TEXT"` it ends after the first line that contains TEXT; an ellipsis says that more follows. Marker lines of
-- other snippets are left out.
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

local function cut(lines, attributes, name)
  local last = attributes.last
  if not last then return lines end
  local kept = {}
  for i, line in ipairs(lines) do
    kept[#kept + 1] = line
    if line:find(last, 1, true) then
      if i < #lines then kept[#kept + 1] = "    …" end
      return kept
    end
  end
  error("snippet " .. name .. ": no line with " .. last .. " in it", 0)
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

-- The CodeBlock with its text; nil if it asks for no snippet.
function snippet.fill(block, root)
  if not block.classes:includes("snippet") then return nil end
  local attributes = block.attributes
  local lines = lines_between(root .. "/" .. (attributes.file or ""), attributes.name or "")
  local classes = block.classes:filter(function(class) return class ~= "snippet" end)
  return pandoc.CodeBlock(table.concat(cut(tidy(lines), attributes, attributes.name), "\n"),
    pandoc.Attr(block.identifier, classes, {source = attributes.file}))
end

return snippet
