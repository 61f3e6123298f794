// SPDX-License-Identifier: MIT
//
// What a program has to say at its end: a text for people and the same as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace rxlab::program {

// Writes the text to standard output and, unless `json_path` is empty, the JSON to that file; with
// "-" the JSON to standard output and the text to standard error. Throws RunError when something
// cannot be written.
void publish(const std::string& text, const nlohmann::ordered_json& json,
             const std::string& json_path);

}  // namespace rxlab::program
