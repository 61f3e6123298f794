-- SPDX-License-Identifier: MIT
--
-- pandoc filter of docs/site/build: links between documents become links between pages. Of other files of the
-- repository the site has copies: sources with .txt after their name, a folder's names in index.txt; each is added to
-- the list that RXLAB_WANTED names. Diagrams become a part of the page, with its font. Tables may scroll; comments go.
package.path = os.getenv("RXLAB_TOP") .. "/slides/filters/?.lua;" .. package.path
local pictures = require "pictures"
local top, page, wanted = os.getenv("RXLAB_TOP"), os.getenv("RXLAB_PAGE"), os.getenv("RXLAB_WANTED")
local folder = page:match("^(.*)/[^/]*$") or "."

local function want(path)
  local list = assert(io.open(wanted, "a"))
  list:write(path, "\n")
  list:close()
end

-- "docs/../lib/./rx" -> "lib/rx"
local function normal(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." then table.remove(parts) elseif part ~= "." then parts[#parts + 1] = part end
  end
  return table.concat(parts, "/")
end

local function exists(path)
  local file = io.open(top .. "/" .. path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function is_folder(path)
  local file = io.open(top .. "/" .. path, "rb")
  if not file then return false end
  local content = file:read(0) or file:read(1)
  file:close()
  return content == nil
end

local function site_target(target)
  if target:match("^%a[%w+.-]*:") or target:match("^#") or folder:sub(1, 1) == "/" then return target end
  local path, anchor = target:match("^([^#]*)(.*)$")
  path = path:gsub("/$", "")
  local full = normal(folder .. "/" .. path)
  if path:match("%.md$") then return (path:gsub("%.md$", ".html")) .. anchor end
  if path:match("%.svg$") then want(full) return target end
  if is_folder(full) then
    if exists(full .. "/README.md") then return path .. "/README.html" end
    want(full .. "/index.txt")
    return path .. "/index.txt"
  end
  want(full .. ".txt")
  return path .. ".txt"
end

return {{
  Link = function(link)
    link.target = site_target(link.target)
    return link
  end,
  Image = function(image)
    local path = normal(folder .. "/" .. image.src)
    if path:match("^slides/diagrams/") then
      image.src = top .. "/" .. path
      return pictures.embed(image)
    end
    image.src = site_target(image.src)
    return image
  end,
  RawBlock = function(block)
    if block.text:match("^<!%-%-") then return {} end
  end,
  Table = function(element) return pandoc.Div({element}, pandoc.Attr("", {"scrolls"})) end,
}}
