// SPDX-License-Identifier: MIT
//
// Command lines, the same way in all programs and with every version of CLI11. What is wrong with
// one is a UsageError that names the option.
#pragma once

#include <rxlab/program/errors.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace rxlab::program {

// What `parse` makes of an option's text; std::invalid_argument is what it has to say against it.
template <typename Parse>
auto parsed(const std::string& option, const std::string& text, Parse parse) {
    try {
        return parse(text);
    } catch (const std::invalid_argument& error) {
        throw UsageError(option + ": " + error.what());
    }
}

// An option with a value. A default that says something is shown: one that is not empty, and not
// the largest number, which is no limit.
template <typename T>
CLI::Option* add_value(CLI::App& app, const std::string& option, T& value, const std::string& type,
                       const std::string& help, const CLI::Validator& check = {}) {
    CLI::Option* const added = app.add_option(option, value, help)->check(check)->type_name(type);
    bool is_limit = false;
    if constexpr (std::is_arithmetic_v<T>) is_limit = value == std::numeric_limits<T>::max();
    return value == T{} || is_limit ? added : added->capture_default_str();
}

// One of these texts.
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& words);

// One of several words, each with what it stands for; what `value` is before is the default.
template <typename T>
CLI::Option* add_choice(CLI::App& app, const std::string& option, T& value,
                        const std::vector<std::pair<std::string, T>>& choices,
                        const std::string& help) {
    std::vector<std::string> words;
    std::string before;
    for (const auto& [word, meaning] : choices) {
        words.push_back(word);
        if (meaning == value) before = word;
    }
    const auto take = [&value, choices, words](const std::string& text) {
        const auto found = std::ranges::find(words, text) - words.begin();
        value = choices[static_cast<std::size_t>(found)].second;
    };
    return app.add_option_function<std::string>(option, take, help)
        ->check(one_of(words))
        ->type_name(fmt::format("{}", fmt::join(words, "|")))
        ->default_str(before);
}

// One that may be given several times; `parse` as above.
template <typename T, typename Parse>
CLI::Option* add_list(CLI::App& app, const std::string& option, std::vector<T>& list, Parse parse,
                      const std::string& type, const std::string& help) {
    const auto take = [&list, option, parse](const std::vector<std::string>& texts) {
        for (const std::string& text : texts)
            list.push_back(parsed(option, text, parse));
    };
    return app.add_option_function<std::vector<std::string>>(option, take, help)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(type);
}

// A text of at most so many characters.
[[nodiscard]] CLI::Validator at_most(std::size_t characters);

// The first line of the file that `option` names, of 1 to `characters_max` characters: everybody
// could see a password on the command line (`ps`). Throws RunError where it cannot be read.
[[nodiscard]] std::string read_password(const std::string& option, const std::string& path,
                                        std::size_t characters_max);

// What --help prints: the same with every CLI11, and in a form that help2man(1) and
// front_door/completions understand. `before_options` is what a usage line has there (" EAL-OPTIONS
// --").
[[nodiscard]] std::string help_text(const CLI::App& app, const std::string& before_options = {});

// All options and subcommands are there: adds --version and parses. False where --help or --version
// was asked for, and printed. For an unknown option or subcommand, the message names the nearest
// known one. Numbers mean the same with every CLI11: all versions read "" as 0, or leave an
// optional value unset; since 2.5 or so "1,5", "1_5" and "1'5" are 15. Here they are refused.
[[nodiscard]] bool parse_command_line(CLI::App& app, int argc, const char* const* argv,
                                      const std::string& before_options = {});

}  // namespace rxlab::program
