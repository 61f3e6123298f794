-- SPDX-License-Identifier: MIT
--
-- A pandoc filter that puts the figures of a result file into the deck.
--
--   ::: {.result table=latency|jitter|stages|outliers|cost|ways scenario=NAME}   of a scenario
--   ::: {.result table=gates|environment|steps|audit}                  of the whole result
--   ::: {.result table=sins|rates}                                     from files of other commands beside it
--   ::: {.result plot=percentiles|timeline scenario=NAME}              images beside the result file
--   ::: {.result command=reproduce}                                    how to measure the same again
--   [ ]{.result value="SCENARIO.RECEIVER.FIGURE"}                      a latency in µs
--   [ ]{.result field="settings.rounds"}                               any other field
--   ~~~ {.cpp .snippet file=PATH name=NAME}                            code, see snippet.lua
--   ![TEXT](FILE.svg)                                                  a picture, see pictures.lua
--
-- The file is named by the metadata field `result`; without it, every figure says that nothing was
-- measured. Each slide with a .result on it, or with the class `measured`, gets a line that names
-- machine, kernel, rung, date, commit and verdict. "Time: N minutes." at the head of a slide's notes becomes
-- the speaker view's pace. Errors end pandoc with one line and exit status 1.
local folder = PANDOC_SCRIPT_FILE:match("^(.*)/[^/]*$") or "."
package.path = folder .. "/?.lua;" .. package.path ..
  ";/usr/share/lua/5.3/?.lua;/usr/share/lua/5.4/?.lua;/usr/local/share/lua/5.4/?.lua"

local blocks = require "results.blocks"
local figures = require "results.figures"
local format = require "results.format"
local load = require "results.load"

local scenario_tables = {
  latency = require "results.latency",
  jitter = require "results.latency",
  stages = require "results.stages",
  cost = require "results.cost",
  outliers = require "results.outliers",
  ways = require "results.ways",
}
local whole_tables = {
  gates = require "results.gates",
  environment = require "results.environment",
  steps = require "results.steps",
  audit = require "results.audit",
  sins = require "results.sins",
  rates = require "results.rates",
}
local plot = require "results.plot"
local provenance = require "results.provenance"
local reproduce = require "results.reproduce"
local pictures = require "pictures"
local snippet = require "snippet"

local function is_result(element)
  return element.classes and element.classes:includes("result")
end

-- The blocks that a Div asks for.
local function fill(result, attributes)
  if attributes.command then return reproduce(result) end
  local make = scenario_tables[attributes.table] or attributes.plot and plot
  if make then
    local scenario, reason = load.scenario(result, attributes.scenario)
    if not scenario then return {blocks.missing(reason)} end
    return make(result, scenario, attributes)
  end
  make = whole_tables[attributes.table]
  if not make then error("unknown table=" .. tostring(attributes.table), 0) end
  if not result then return {blocks.missing(load.unmeasured)} end
  return make(result)
end

-- "single.kernel-block.p50" as an inline.
local function figure(result, path)
  local scenario_name, receiver_name, figure_name = path:match("^([^.]+)%.([^.]+)%.(.+)$")
  local field = figures.fields[figure_name]
  if not field then error("unknown value=" .. path, 0) end
  local scenario, reason = load.scenario(result, scenario_name)
  if not scenario then return blocks.missing_inline(reason) end
  local receiver
  receiver, reason = load.receiver(result, scenario, receiver_name)
  if not receiver then return blocks.missing_inline(reason) end
  local text = figures.us(receiver.figures[field])
  if not text then return blocks.missing_inline(figures.too_few(result)) end
  local shown = blocks.inlines(text .. "\u{a0}µs")
  if scenario.verdict.verdict ~= "VOID" then return pandoc.Span(shown) end
  return pandoc.Span({pandoc.Strikeout(shown), pandoc.Space(), blocks.class("void-reason", "VOID")})
end

local function inline(result, attributes)
  if attributes.value then return figure(result, attributes.value) end
  if not attributes.field then error("[ ]{.result} needs value= or field=", 0) end
  local value, reason = load.field(result, attributes.field)
  if value == nil then return blocks.missing_inline(reason) end
  return pandoc.Span(blocks.inlines(format.text(value)))
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
      block.attributes["data-part"] = part
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

local function fill_slide(slide, result)
  local used = slide[1].classes:includes("measured")
  local filled = pandoc.walk_block(pandoc.Div(slide), {
    Div = function(div)
      if not is_result(div) then return nil end
      used = true
      return fill(result, div.attributes)
    end,
    CodeBlock = function(block) return snippet.fill(block, folder .. "/../..") end,
    Span = function(span)
      if not is_result(span) then return nil end
      used = true
      return inline(result, span.attributes)
    end,
  }).content
  filled = pandoc.walk_block(pandoc.Div(filled), {Image = pictures.embed}).content
  if used then filled:insert(provenance(result)) end
  set_pace(filled)
  return filled
end

local function fill_document(document, path)
  local result = load.result(path)
  local out = pandoc.List()
  local slides = slides_of(document)
  for _, slide in ipairs(slides) do out:extend(fill_slide(slide, result)) end
  document.blocks = out
  document.meta.result = nil
  -- For the page's own count of what it must hold.
  document.meta.slides = tostring(#slides)
  for what, count in pairs(pictures.counted) do document.meta[what] = tostring(count) end
  return document
end

-- One line for the caller instead of pandoc's own report of a Lua error.
local function line_of(message, path)
  -- Errors that passed through pandoc.walk_block come wrapped, with a stack trace.
  message = message:match('^PandocLuaError "(.-)\\nstack traceback') or message
  message = message:gsub("%s*\n.*", "")
  if not message:match("%.lua:%d+: ") then return message end
  return (path or "deck") .. ": damaged, or a field is missing (" .. message .. ")"
end

local function guarded(document)
  local path = document.meta.result and pandoc.utils.stringify(document.meta.result)
  local fine, answer = pcall(fill_document, document, path)
  if fine then return answer end
  io.stderr:write("results filter: ", line_of(tostring(answer), path), "\n")
  os.exit(1)
end

return {{Pandoc = guarded}}
