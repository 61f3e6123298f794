// SPDX-License-Identifier: MIT
#include <rxlab/program/command_line.hpp>
#include <rxlab/program/near.hpp>

#include <rxlab_version.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string_view>

namespace rxlab::program {
namespace {

// Whether options that are described by this word take numbers: CLI11's own, and ours.
bool names_number(std::string_view type) {
    type = type.substr(0, type.find(':'));  // what is checked comes behind it
    constexpr std::array<std::string_view, 12> kNumbers{
        "INT",     "UINT",  "FLOAT",        "N",        "S",       "SECONDS", "PPS",
        "PACKETS", "BYTES", "MICROSECONDS", "MESSAGES", "SEQUENCE"};
    return std::ranges::find(kNumbers, type) != kNumbers.end();
}

// What is wrong with a number's text; empty: nothing that CLI11 would not see.
std::string complaint_about_number(const std::string& text) {
    if (text.empty()) return "a number is missing";
    const std::size_t odd = text.find_first_of(",_' ");
    if (odd == std::string::npos) return {};
    return fmt::format(
        "\"{}\" is not a number: it has a '{}'; write 1500 or 1.5, without separators", text,
        text[odd]);
}

void refuse_odd_numbers(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        if (names_number(option->get_type_name()))
            option->check(CLI::Validator{complaint_about_number, ""});
    }
    for (CLI::App* command : app.get_subcommands({}))
        refuse_odd_numbers(*command);
}

struct Command {
    const CLI::App* app;
    std::string path;  // "rxbench run"
};

// The subcommand that was given, or the program itself.
Command innermost(const CLI::App& app) {
    Command command{&app, app.get_name()};
    while (!command.app->get_subcommands().empty()) {
        command.app = command.app->get_subcommands().front();
        command.path += ' ' + command.app->get_name();
    }
    return command;
}

std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames())
            names.push_back("--" + name);
    }
    return names;
}

std::vector<std::string> subcommands_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

// The first word that fits nowhere; empty if there is none, or if something else is wrong.
std::string complaint_about_rest(const Command& command, const CLI::ParseError& error) {
    const std::vector<std::string> rest = command.app->remaining();
    const bool is_about_rest = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
                               dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (rest.empty() || !is_about_rest) return {};
    const std::string& word = rest.front();
    if (word.starts_with('-')) {
        const std::string option = word.substr(0, word.find('='));
        return fmt::format("unknown option {}{}", option,
                           did_you_mean(option, options_of(*command.app)));
    }
    const std::vector<std::string> commands = subcommands_of(*command.app);
    if (commands.empty()) return "unexpected argument: " + word;
    return fmt::format("unknown command {}{}", word, did_you_mean(word, commands));
}

}  // namespace

CLI::Validator at_most(std::size_t characters) {
    const auto complaint = [characters](const std::string& text) {
        if (text.size() <= characters) return std::string{};
        return fmt::format("\"{}\" is longer than {} characters", text, characters);
    };
    return CLI::Validator{complaint, ""};
}

CLI::Validator one_of(const std::vector<std::string>& words) {
    const auto complaint = [words](const std::string& text) {
        if (std::ranges::find(words, text) != words.end()) return std::string{};
        return fmt::format("\"{}\" is none of {}{}", text, fmt::join(words, ", "),
                           did_you_mean(text, words));
    };
    return CLI::Validator{complaint, ""};
}

std::string read_password(const std::string& option, const std::string& path,
                          std::size_t characters_max) {
    errno = 0;
    std::ifstream file{path};
    std::string line;
    if (!std::getline(file, line) && !file.eof())
        throw RunError(errno, fmt::format("read {} {}", option, path));
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && line.size() <= characters_max) return line;
    throw UsageError(fmt::format("{} {}: its first line has {} characters; a password has 1 to {}",
                                 option, path, line.size(), characters_max));
}

bool parse_command_line(CLI::App& app, int argc, const char* const* argv,
                        const std::string& before_options) {
    const std::string& name = app.get_name();
    app.set_version_flag("--version",
                         fmt::format("{} {} ({})", name, version::kVersion, version::kCommit));
    refuse_odd_numbers(app);
    try {
        app.parse(argc, argv);
        return true;
    } catch (const CLI::CallForHelp&) {
        std::fputs(help_text(*innermost(app).app, before_options).c_str(), stdout);
        return false;
    } catch (const CLI::Success& asked) {  // --version
        app.exit(asked);
        return false;
    } catch (const CLI::ParseError& error) {
        const Command command = innermost(app);
        std::string text = complaint_about_rest(command, error);
        if (text.empty()) text = error.what();
        std::ranges::replace(text, '\n', ' ');
        throw UsageError(fmt::format("{}{} see `{} --help`", text, text.ends_with('?') ? "" : ";",
                                     command.path));
    }
}

}  // namespace rxlab::program
