// SPDX-License-Identifier: MIT
//
// Result files: schema rxlab.result/4, described in docs/result-format.md. Reading checks the
// schema before anything else and names a field that is missing or of the wrong type. Writing is
// atomic: a reader sees the whole file or none. Functions without state.
#pragma once

#include "bench/result/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace rxlab::bench {

[[nodiscard]] nlohmann::ordered_json to_json(const Result& result);

// The fields "created", "rxlab", "testbed", "environment" and "candidates_left_out", for the files
// of other experiments.
[[nodiscard]] nlohmann::ordered_json facts_to_json(const MeasuredFacts& facts);

// `name` stands for the document in messages. Throws std::runtime_error for another schema version
// and for a field that is missing or of another type (with its path).
[[nodiscard]] Result result_from_json(const nlohmann::ordered_json& json, std::string_view name);

// Throws std::system_error if it cannot be read, std::runtime_error if it is not JSON or as above.
[[nodiscard]] Result read_result(const std::filesystem::path& path);

// The file's text: indented, with runs of plain numbers on one line.
[[nodiscard]] std::string to_text(const nlohmann::ordered_json& json);

void write_result(const std::filesystem::path& path, const Result& result);

}  // namespace rxlab::bench
