// SPDX-License-Identifier: MIT
//
// What the parts of a summary for people share.
#pragma once

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

namespace rxlab::rx {

template <typename... Args>
void line(std::string& text, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
    text += '\n';
}

// Throws nlohmann::json::out_of_range where `json` has no such entry.
inline std::uint64_t count(const nlohmann::ordered_json& json, const char* name) {
    return json.at(name).get<std::uint64_t>();
}

}  // namespace rxlab::rx
