// SPDX-License-Identifier: MIT
//
// Numbers on command lines mean the same with every CLI11. All versions read "" as 0, or leave an
// optional value unset; since 2.5 or so "1,5", "1_5" and "1'5" are 15. Here they are refused. For
// programs that link CLI11.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace rxlab::program {

// Whether options that are described by this word take numbers: CLI11's own, and ours.
inline bool names_number(std::string_view type) {
    type = type.substr(0, type.find(':'));  // what is checked comes behind it
    constexpr std::array<std::string_view, 12> kNumbers{
        "INT",     "UINT",  "FLOAT",        "N",        "S",       "SECONDS", "PPS",
        "PACKETS", "BYTES", "MICROSECONDS", "MESSAGES", "SEQUENCE"};
    return std::find(kNumbers.begin(), kNumbers.end(), type) != kNumbers.end();
}

// What is wrong with a number's text, for a CLI::Validator; empty: nothing that CLI11 would not
// see.
inline std::string complaint_about_number(const std::string& text) {
    if (text.empty()) return "a number is missing";
    const std::size_t odd = text.find_first_of(",_' ");
    if (odd == std::string::npos) return {};
    return "\"" + text + "\" is not a number: it has a '" + text[odd] +
           "'; write 1500 or 1.5, without separators";
}

// To be called when all options and subcommands are there, before they are parsed.
inline void refuse_odd_numbers(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        if (names_number(option->get_type_name())) {
            option->check(CLI::Validator{
                [](const std::string& text) { return complaint_about_number(text); }, ""});
        }
    }
    for (CLI::App* command : app.get_subcommands({}))
        refuse_odd_numbers(*command);
}

}  // namespace rxlab::program
