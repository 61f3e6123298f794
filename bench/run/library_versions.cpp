// SPDX-License-Identifier: MIT
#include "bench/run/library_versions.hpp"

#include "bench/run/process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace rxlab::bench {
namespace {

// What the command wrote, also where it had an answer for some of its arguments only; empty where
// there is no such program, or it takes too long: a campaign is worth more than its answer.
std::string answer_of(std::vector<std::string> arguments, Milliseconds patience) {
    try {
        const std::string name = arguments.front();
        return run_command(name, {std::move(arguments), {{"LC_ALL", "C"}}, {}}, patience).output;
    } catch (const Interrupted&) {
        throw;
    } catch (const std::runtime_error&) {
        return {};
    }
}

// The same file by the name that the package has it under, which may be that of before /lib became
// a link to /usr/lib.
std::vector<std::string> names_of(const std::string& file) {
    constexpr std::string_view kUsr = "/usr";
    if (!file.starts_with("/usr/lib")) return {file};
    return {file, file.substr(kUsr.size())};
}

// File -> package, of lines such as "libfmt9:amd64: /usr/lib/x86_64-linux-gnu/libfmt.so.9.1.0".
std::map<std::string, std::string> owners_of(const LibraryFiles& libraries, Milliseconds patience) {
    std::vector<std::string> question{"dpkg-query", "--search"};
    for (const auto& [name, files] : libraries) {
        for (const std::string& file : files) {
            for (std::string& each : names_of(file))
                question.push_back(std::move(each));
        }
    }
    std::map<std::string, std::string> owners;
    std::istringstream lines{answer_of(std::move(question), patience)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t end = line.find(": ");
        if (end != std::string::npos) owners[line.substr(end + 2)] = line.substr(0, end);
    }
    return owners;
}

// Package -> version, of lines such as "libfmt9:amd64 9.1.0+ds1-2".
std::map<std::string, std::string> package_versions(const std::map<std::string, std::string>& of,
                                                    Milliseconds patience) {
    std::vector<std::string> question{"dpkg-query", "--show",
                                      "--showformat=${binary:Package} ${Version}\n"};
    for (const auto& [file, package] : of)
        question.push_back(package);
    std::map<std::string, std::string> versions;
    std::istringstream lines{answer_of(std::move(question), patience)};
    for (std::string package, version; lines >> package >> version;)
        versions[package] = version;
    return versions;
}

}  // namespace

std::string version_in_name(std::string_view file) {
    constexpr std::string_view kBefore = ".so.";
    const std::size_t at = file.rfind(kBefore);
    if (at == std::string_view::npos) return {};
    const std::string_view version = file.substr(at + kBefore.size());
    const bool is_whole = std::all_of(version.begin(), version.end(), [](unsigned char each) {
        return std::isdigit(each) != 0 || each == '.';
    });
    return is_whole && version.find('.') != std::string_view::npos ? std::string{version}
                                                                   : std::string{};
}

std::map<std::string, std::string> library_versions(const LibraryFiles& libraries,
                                                    Milliseconds patience) {
    if (libraries.empty()) return {};
    const std::map<std::string, std::string> owners = owners_of(libraries, patience);
    const std::map<std::string, std::string> versions =
        owners.empty() ? owners : package_versions(owners, patience);
    const auto version_of = [&](const std::string& file) {
        for (const std::string& each : names_of(file)) {
            const auto owner = owners.find(each);
            if (owner == owners.end()) continue;
            const auto found = versions.find(owner->second);
            if (found != versions.end()) return found->second;
        }
        const std::string version = version_in_name(file);
        return version.empty() ? std::string{"unknown"} : version;
    };
    std::map<std::string, std::string> result;
    for (const auto& [name, files] : libraries) {
        std::set<std::string> all;
        for (const std::string& file : files)
            all.insert(version_of(file));
        result[name] = fmt::format("{}", fmt::join(all, " and "));
    }
    return result;
}

}  // namespace rxlab::bench
