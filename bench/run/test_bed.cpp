// SPDX-License-Identifier: MIT
#include "bench/run/test_bed.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <map>
#include <sstream>
#include <stdexcept>

namespace rxlab::bench {
namespace {

constexpr Milliseconds kPatience{60'000};

std::map<std::string, std::string> key_value_lines(const std::string& text) {
    std::map<std::string, std::string> values;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos) values[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return values;
}

std::string last_words(const CommandOutcome& outcome) {
    std::string words = outcome.errors;
    while (words.ends_with('\n'))
        words.pop_back();
    return words.empty() ? outcome.status.describe() : words;
}

// The script's name, if no driver is named: a bed of virtual devices is named after their driver.
std::string or_else_name(const std::string& driver, const std::filesystem::path& script) {
    return driver.empty() ? script.filename().string() : driver;
}

}  // namespace

TestBed::TestBed(std::filesystem::path script, std::int64_t huge_pages, std::vector<int> cpus,
                 const std::vector<std::string>& ports)
    : script_{std::move(script)},
      name_{fmt::format("bench-{}", ::getpid())},
      cpus_{std::move(cpus)} {
    std::vector<std::string> up{"up", "--owner", std::to_string(::getpid())};
    if (huge_pages > 0) up.insert(up.end(), {"--huge-pages", std::to_string(huge_pages)});
    up.insert(up.end(), ports.begin(), ports.end());
    try {
        const CommandOutcome outcome =
            run_command("test bed up", command(std::move(up)), kPatience);
        if (!outcome.status.ok()) {
            throw std::runtime_error(fmt::format("bring up the test bed: {}", last_words(outcome)));
        }
        if (!outcome.errors.empty()) std::fputs(outcome.errors.c_str(), stderr);
        read_info();
    } catch (...) {
        down();
        throw;
    }
}

TestBed::~TestBed() {
    down();
}

CommandOutcome TestBed::run_down() {
    CommandOutcome outcome =
        run_command("test bed down", command({"down"}), kPatience, Signals::ignored);
    if (!outcome.status.ok()) {
        fmt::print(stderr, "rxbench: take down the test bed: {}; try: RXLAB_BED={} {} down\n",
                   last_words(outcome), name_, script_.string());
    }
    return outcome;
}

std::vector<std::string> TestBed::take_down() {
    is_down_ = true;
    std::istringstream said(run_down().output);
    std::vector<std::string> lines;
    for (std::string line; std::getline(said, line);)
        lines.push_back(line);
    return lines;
}

void TestBed::down() noexcept {
    if (is_down_) return;
    try {
        run_down();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rxbench: take down the test bed: %s\n", error.what());
    }
}

Command TestBed::command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), script_.string());
    return {std::move(arguments), {{"RXLAB_BED", name_}}, {}};
}

Command TestBed::exec(const std::string& end, const std::vector<std::string>& arguments) const {
    // Entering a user namespace changes credentials, which clears the parent-death signal that
    // Child asked for (prctl(2), PR_SET_PDEATHSIG); setpriv asks again from inside.
    std::vector<std::string> all{"exec", end, "setpriv", "--pdeathsig", "KILL"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    Command result = command(std::move(all));
    result.cpus = cpus_;
    return result;
}

void TestBed::read_info() {
    const CommandOutcome outcome = run_command("test bed info", command({"info"}), kPatience);
    if (!outcome.status.ok()) {
        throw std::runtime_error(fmt::format("ask the test bed: {}", last_words(outcome)));
    }
    std::map<std::string, std::string> info = key_value_lines(outcome.output);
    privileged_ = info["privileged"] == "yes";
    has_napi_switch_ = info["napi_switch"] == "yes";
    const std::string& pages = info["huge_pages"];
    std::from_chars(pages.data(), pages.data() + pages.size(), huge_pages_);
    tx_interface_ = info["tx_interface"];
    rx_interface_ = info["rx_interface"];
    rx_port_ = info["rx_port"];
    rx_driver_ = or_else_name(info["rx_driver"], script_);
    if (tx_interface_.empty() || rx_interface_.empty()) {
        throw std::runtime_error("ask the test bed: its `info` names no interfaces");
    }
}

void TestBed::make_pollable(bool pollable) const {
    if (!has_napi_switch_) return;
    const char* const state = pollable ? "on" : "off";
    const CommandOutcome outcome =
        run_command(fmt::format("test bed napi {}", state), command({"napi", state}), kPatience,
                    pollable ? Signals::heeded : Signals::ignored);
    if (!outcome.status.ok())
        throw std::runtime_error(fmt::format("switch busy polling of the receiving queue {}: {}",
                                             state, last_words(outcome)));
}

PollableQueue::PollableQueue(const TestBed& bed, bool wanted) : bed_{bed}, wanted_{wanted} {
    if (wanted_) bed_.make_pollable(true);
}

PollableQueue::~PollableQueue() {
    if (!wanted_) return;
    try {
        bed_.make_pollable(false);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rxbench: %s\n", error.what());
    }
}

}  // namespace rxlab::bench
