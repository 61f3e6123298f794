-- SPDX-License-Identifier: MIT
--
-- Reads a result file (docs/result-format.md) and answers what a slide asks about it. If it cannot answer, it
-- returns `nil, reason`; a file that is not a result raises a one-line error.
local load = {}

load.schema = "rxlab.result/3"
-- Versions 1 and 2 only lack fields that no slide needs.
load.schemas = {["rxlab.result/1"] = true, ["rxlab.result/2"] = true, [load.schema] = true}
load.unmeasured = "not measured on this machine yet: run ./rxlab demo"

local function decoder()
  local found, json = pcall(require, "dkjson")
  if not found then error("dkjson: not found; apt-get install lua-dkjson", 0) end
  return json
end

-- JSON text as a table; raises a one-line error that names `path`.
function load.decode(text, path)
  local data, _, reason = decoder().decode(text)
  if type(data) ~= "table" then error(path .. ": not JSON (" .. (reason or "no object") .. ")", 0) end
  return data
end

local function read(path)
  local file, reason = io.open(path, "rb")
  if not file then error("read " .. reason, 0) end
  local text = file:read("a")
  file:close()
  if not text then error("read " .. path .. ": not a file", 0) end
  return text
end

-- The fields without which nothing can be shown; the rest is checked where it is used.
local needed = {
  {"created", "string"}, {"rxlab", "table"}, {"testbed", "table"}, {"environment", "table"},
  {"settings", "table"}, {"candidates_left_out", "table"}, {"scenarios", "table"}, {"verdict", "table"},
}

-- `path` is nil for a deck before anything was measured.
function load.result(path)
  if not path then return nil end
  local json = decoder()
  local data, _, reason = json.decode(read(path))
  if type(data) ~= "table" then
    error(path .. ": not JSON (" .. (reason or "no object") .. "); run ./rxlab demo again", 0)
  end
  if not load.schemas[data.schema] then
    error(path .. ": schema is " .. tostring(data.schema) .. ", this deck reads " .. load.schema ..
          "; render it with the rxlab that wrote it, or measure again", 0)
  end
  for _, field in ipairs(needed) do
    if type(data[field[1]]) ~= field[2] then
      error(path .. ": field " .. field[1] .. " is missing; the file is damaged", 0)
    end
  end
  data.folder = path:match("^(.*)/[^/]*$") or "."
  return data
end

function load.scenario(result, name)
  if not result then return nil, load.unmeasured end
  for _, scenario in ipairs(result.scenarios) do
    if scenario.name == name then return scenario end
  end
  return nil, "not measured: this result has no scenario “" .. name .. "”"
end

-- The reason why a receiver is not in a scenario.
function load.left_out(result, name)
  for _, candidate in ipairs(result.candidates_left_out) do
    if candidate.name == name then return "not measured: " .. candidate.reason end
  end
  return "not measured: this result has no receiver “" .. name .. "”"
end

function load.receiver(result, scenario, name)
  for _, receiver in ipairs(scenario.receivers) do
    if receiver.name == name then return receiver end
  end
  return nil, load.left_out(result, name)
end

function load.title(scenario, name)
  for _, receiver in ipairs(scenario.receivers) do
    if receiver.name == name then return receiver.title end
  end
  return name
end

-- The reasons why a scenario's figures must not be used; empty if it is not VOID.
function load.void_reasons(scenario)
  local reasons = {}
  if scenario.verdict.verdict ~= "VOID" then return reasons end
  for _, gate in ipairs(scenario.verdict.gates) do
    if gate.status == "fail" then
      local where = gate.scope == "scenario" and "" or " (" .. load.title(scenario, gate.scope) .. ")"
      reasons[#reasons + 1] = gate.name .. where
    end
  end
  return reasons
end

-- A field by its dotted path, such as "settings.rounds".
function load.field(result, path)
  if not result then return nil, load.unmeasured end
  local value = result
  for key in path:gmatch("[^.]+") do
    value = type(value) == "table" and value[key] or nil
  end
  if value == nil or value == "" then return nil, "not recorded: " .. path end
  return value
end

return load
