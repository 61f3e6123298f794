-- SPDX-License-Identifier: MIT
--
-- A pandoc filter that puts what was measured into the deck.
--
--   ::: {.result name=latency-single}                 a fragment of the result: a table, a plot, commands
--   [ ]{.result name="single.kernel-block.p50"}       a single figure or field
--   # [TITLE]{.result name=title.result}              a title that claims what the result carries; else TITLE
--   ::: {.counted file=PATH}                          counts that a command wrote into a file of this repository
--   ~~~ {.cpp .snippet file=PATH name=NAME}           code, see snippet.lua
--   ![TEXT](FILE.svg)                                 a picture, see pictures.lua
--
-- `rxbench report --fragments` makes the fragments; the metadata field `fragments` names their folder, and `beside`
-- that of the plots. Without them, every figure says that nothing was measured. Each slide with a .result on it, or
-- with the class `measured`, gets a line that names machine, kernel, rung, date, commit and verdict. "Time: N minutes."
-- at the head of a slide's notes becomes the speaker view's pace. Errors end pandoc with one line and exit status 1.
local folder = PANDOC_SCRIPT_FILE:match("^(.*)/[^/]*$") or "."
local root = folder .. "/../.."
package.path = folder .. "/?.lua;" .. package.path

local fragments = require "fragments"
local pictures = require "pictures"
local snippet = require "snippet"

local function is_result(element)
  return element.classes and element.classes:includes("result")
end

local function is_comment(block)
  return block.t == "RawBlock" and block.text:match("^%s*<!%-%-")
end

-- `<!-- part: NAME -->` at the head of a file gives the name that its slides show in their corner.
local function part_of(block)
  return is_comment(block) and block.text:match("^%s*<!%-%- part: (.-) %-%->")
end

-- Splits the document into slides, each from one heading to the next. Drops comments, because a file's
-- opening comment would make an empty slide.
local function slides_of(document)
  local slides, part = pandoc.List(), nil
  for _, block in ipairs(document.blocks) do
    part = part_of(block) or part
    if block.t == "Header" and block.level == 1 then
      slides:insert(pandoc.List())
      block.attributes["data-part"] = block.classes:includes("spare") and part:match("^%d*") .. " · spare" or part
    end
    if not is_comment(block) then
      if #slides == 0 then error("the deck must begin with a heading", 0) end
      slides[#slides]:insert(block)
    end
  end
  return slides
end

-- Passes the time that the notes' first line gives the slide to reveal.js's speaker view, in seconds.
local function set_pace(slide)
  for _, block in ipairs(slide) do
    if block.t == "Div" and block.classes:includes("notes") then
      local minutes = pandoc.utils.stringify(block):match("^Time: ([%d.]+) minute")
      if minutes then slide[1].attributes["data-timing"] = string.format("%.0f", minutes * 60) end
    end
  end
end

local function fill_slide(slide)
  local used = slide[1].classes:includes("measured")
  local function with(include)
    return function(element)
      if not is_result(element) then return nil end
      used = true
      return include(element.attributes.name or error("a .result needs name=", 0), element.content)
    end
  end
  local function inline(name, content)
    return name:match("^title%.") and fragments.title(name, content) or fragments.inline(name)
  end
  local filled = pandoc.walk_block(pandoc.Div(slide), {
    Div = function(div)
      if div.classes:includes("counted") then return fragments.counted(root .. "/" .. (div.attributes.file or "")) end
      return with(fragments.block)(div)
    end,
    CodeBlock = function(block) return snippet.fill(block, root) end,
    Span = with(inline),
  }).content
  filled = pandoc.walk_block(pandoc.Div(filled), {Image = pictures.embed}).content
  if used then filled:insert(fragments.provenance()) end
  set_pace(filled)
  return filled
end

local function fill_document(document)
  local meta = document.meta
  if meta.fragments then
    fragments.open(pandoc.utils.stringify(meta.fragments), pandoc.utils.stringify(meta.beside))
  end
  local out = pandoc.List()
  local slides = slides_of(document)
  for _, slide in ipairs(slides) do out:extend(fill_slide(slide)) end
  document.blocks = out
  meta.fragments, meta.beside = nil, nil
  -- For the page's own count of what it must hold.
  meta.slides = tostring(#slides)
  for what, count in pairs(pictures.counted) do meta[what] = tostring(count) end
  document.meta = meta
  return document
end

-- One line for the caller instead of pandoc's own report of a Lua error.
local function guarded(document)
  local fine, answer = pcall(fill_document, document)
  if fine then return answer end
  -- Errors that passed through pandoc.walk_block come wrapped, with a stack trace.
  local message = tostring(answer)
  message = message:match('^PandocLuaError "(.-)\\nstack traceback') or message
  io.stderr:write("results filter: ", (message:gsub("%s*\n.*", "")), "\n")
  os.exit(1)
end

return {{Pandoc = guarded}}
