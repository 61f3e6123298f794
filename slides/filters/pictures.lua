-- SPDX-License-Identifier: MIT
--
-- Pictures go into the deck as this filter puts them there, because pandocs differ: 2.17 embeds an SVG file as a
-- data URI; 3.1.11 makes it a part of the page and renames its ids, but not the url(#…) that refer to them, so that
-- arrows lose their heads.
--
-- A diagram becomes a part of the page: its text then has the deck's own font, on every machine. Any other picture
-- becomes a data URI, whose ids and styles stay its own.
--
-- `counted` is what the page must then hold: slides/render looks for it there.
local pictures = {counted = {arrowheads = 0, images = 0}}

local function count(what, number)
  pictures.counted[what] = pictures.counted[what] + number
end

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(bytes)
  local function digit(number, shift)
    local at = (number >> shift & 63) + 1
    return alphabet:sub(at, at)
  end
  return (bytes:gsub("..?.?", function(group)
    local first, second, third = group:byte(1, 3)
    local number = first << 16 | (second or 0) << 8 | (third or 0)
    return digit(number, 18) .. digit(number, 12) .. (second and digit(number, 6) or "=") ..
      (third and digit(number, 0) or "=")
  end))
end

local function escaped(text)
  return (text:gsub("[&<>\"]", {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["\""] = "&quot;"}))
end

-- The slide's alternative text replaces the title, which a browser would show under the mouse.
local function inlined(svg, alternative)
  svg = svg:gsub("<!%-%-.-%-%->", ""):gsub("<title.-</title>", ""):gsub("<desc.-</desc>", "")
  svg = svg:gsub('aria%-labelledby="[^"]*"', function() return 'aria-label="' .. escaped(alternative) .. '"' end, 1)
  local _, arrowheads = svg:gsub(' marker%-%l+="url%(#', "%0")
  count("arrowheads", arrowheads)
  return pandoc.RawInline("html", (svg:gsub("\n%s*", "\n")))
end

local function content(path)
  local file, reason = io.open(path, "rb")
  if not file then error("picture: read " .. reason, 0) end
  local bytes = file:read("a")
  file:close()
  return bytes
end

function pictures.embed(image)
  if not image.src:match("%.svg$") then
    count("images", 1)
    return nil
  end
  local svg = content(image.src)
  if svg:match('^<svg [^>]*class="diagram"') then return inlined(svg, pandoc.utils.stringify(image.caption)) end
  count("images", 1)
  image.src = "data:image/svg+xml;base64," .. base64(svg)
  return image
end

return pictures
