// SPDX-License-Identifier: MIT
#include <rxlab/program/command_line.hpp>

#include <algorithm>
#include <string_view>

namespace rxlab::program {
namespace {

constexpr std::size_t kColumns = 100;  // of a line
constexpr std::size_t kLeftMax = 30;   // wider ones have a line of their own
constexpr std::size_t kDistance = 3;   // help2man wants two spaces at least
constexpr const char* kDefaults = "default";

// The width on a terminal: UTF-8 continuation bytes take no room of their own.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Breaks lines between words; continuation lines start at `indent`, as the first is assumed to do.
std::string filled(std::string_view text, std::size_t indent) {
    std::string out, line;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
        const std::string_view word = text.substr(at, end - at);
        at = end + 1;
        if (!line.empty() && indent + width(line) + 1 + width(word) > kColumns) {
            out += line + '\n' + std::string(indent, ' ');
            line.clear();
        }
        if (!line.empty()) line += ' ';
        line += word;
    }
    return out + line + '\n';
}

// Lines of the source stay lines; those that begin with a space are tables.
std::string paragraphs(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        out += line.starts_with(' ') ? std::string{line} + '\n' : filled(line, 0);
        at = end + 1;
    }
    return out;
}

struct Entry {
    std::string left, right;
};

std::string list(std::string_view title, const std::vector<Entry>& entries) {
    std::size_t left_max = 0;
    for (const Entry& entry : entries) {
        if (width(entry.left) <= kLeftMax) left_max = std::max(left_max, width(entry.left));
    }
    const std::size_t indent = 2 + left_max + kDistance;
    std::string text = fmt::format("\n{}:\n", title);
    for (const Entry& entry : entries) {
        text += "  " + entry.left;
        if (width(entry.left) > left_max)
            text += '\n' + std::string(indent, ' ');
        else
            text += std::string(indent - 2 - width(entry.left), ' ');
        text += filled(entry.right, indent);
    }
    return text;
}

// CLI11 appends what is checked: "S:FLOAT in [0 - 1]", "DIR:DIR". "ADDRESS:PORT" is all type.
std::string type_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const std::size_t range = type.find(" in [");
    if (range != std::string::npos) return type.substr(0, type.rfind(':', range));
    return type.ends_with(":DIR") ? type.substr(0, type.size() - 4) : type;
}

std::string names_of(const CLI::Option& option) {
    std::string names;
    for (const std::string& name : option.get_snames())
        names += fmt::format("{}-{}", names.empty() ? "" : ", ", name);
    for (const std::string& name : option.get_lnames())
        names += fmt::format("{}--{}", names.empty() ? "" : ", ", name);
    return names;
}

// CLI11 says "N:INT in [1 - 1000]".
std::string range_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const std::size_t from = type.find(" in ["), dash = type.find(" - ", from);
    const std::size_t end = type.find(']', from);
    if (from == std::string::npos || dash == std::string::npos || end == std::string::npos)
        return {};
    return fmt::format("{} to {}", type.substr(from + 5, dash - from - 5),
                       type.substr(dash + 3, end - dash - 3));
}

// In alphabetical order: CLI11 sorts them by their addresses.
void add_names(const std::set<CLI::Option*>& options, const std::string& before,
               std::vector<std::string>& to) {
    std::vector<std::string> names;
    for (const CLI::Option* option : options)
        names.push_back(names_of(*option));
    std::ranges::sort(names);
    if (!names.empty()) to.push_back(before + fmt::format("{}", fmt::join(names, ", ")));
}

std::string remarks_on(const CLI::Option& option) {
    std::vector<std::string> remarks;
    if (std::string range = range_of(option); !range.empty()) remarks.push_back(std::move(range));
    const std::string usual = option.get_default_str();
    if (!usual.empty() && option.get_description().find(kDefaults) == std::string::npos)
        remarks.push_back("default: " + usual);
    if (option.get_required()) remarks.emplace_back("required");
    add_names(option.get_needs(), "needs ", remarks);
    add_names(option.get_excludes(), "not with ", remarks);
    return remarks.empty() ? "" : fmt::format(" ({})", fmt::join(remarks, "; "));
}

Entry entry_of(const CLI::Option& option) {
    const bool is_flag = option.get_type_size() == 0;
    return {is_flag ? names_of(option) : names_of(option) + ' ' + type_of(option),
            option.get_description() + remarks_on(option)};
}

bool is_shown(const CLI::Option& option) {
    return !option.get_group().empty();
}

// "[OPTION]... A.json B.json"
std::string usage_of(const CLI::App& app) {
    std::string words = " [OPTION]...";
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) continue;
        const bool several = option->get_expected_max() > 1;
        const std::string word = type_of(*option) + (several ? "..." : "");
        words += option->get_required() ? ' ' + word : " [" + word + ']';
    }
    if (!app.get_subcommands([](const CLI::App*) { return true; }).empty()) words += " COMMAND";
    return words;
}

std::string path_of(const CLI::App& app) {
    const CLI::App* const parent = app.get_parent();
    return parent == nullptr ? app.get_name() : path_of(*parent) + ' ' + app.get_name();
}

}  // namespace

std::string help_text(const CLI::App& app, const std::string& before_options) {
    const std::string path = path_of(app);
    std::string text = fmt::format("Usage: {}{}{}\n\n{}", path, before_options, usage_of(app),
                                   paragraphs(app.get_description()));
    std::vector<Entry> commands, arguments, options;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (command->get_group().empty()) continue;
        commands.push_back({command->get_name(), command->get_description()});
    }
    for (const CLI::Option* option : app.get_options()) {
        const bool is_general = option == app.get_help_ptr() || option == app.get_version_ptr();
        if (is_general || !is_shown(*option)) continue;
        if (option->get_positional())
            arguments.push_back({type_of(*option), option->get_description()});
        else
            options.push_back(entry_of(*option));
    }
    options.push_back({"-h, --help", "print this help"});
    if (app.get_version_ptr() != nullptr) options.push_back({"--version", "print the version"});
    if (!commands.empty()) text += list("Commands", commands);
    if (!arguments.empty()) text += list("Arguments", arguments);
    text += list("Options", options);
    if (!commands.empty())
        text += fmt::format("\n{} COMMAND --help lists a command's options.\n", path);
    if (const std::string footer = app.get_footer(); !footer.empty())
        text += '\n' + paragraphs(footer);
    return text;
}

}  // namespace rxlab::program
