// SPDX-License-Identifier: MIT
#include "bench/cli/measuring.hpp"

#include "bench/report/report.hpp"
#include "bench/run/candidates.hpp"
#include "bench/run/environment.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <vector>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

// The option, else the environment variable, else the default.
fs::path directory(const std::string& option, const char* variable, const fs::path& fallback) {
    if (!option.empty()) return option;
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0' ? fs::path(value) : fallback;
}

// results-20260131T120000Z
fs::path default_output() {
    std::string stamp = utc_now();
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    return "results-" + stamp;
}

}  // namespace

OutputFolder::OutputFolder(fs::path path) : path_{std::move(path)}, is_new_{!fs::exists(path_)} {
    make_directory(path_);
}

OutputFolder::~OutputFolder() {
    std::error_code not_empty;
    if (is_new_) fs::remove(path_, not_empty);
}

void Output::say(std::string_view text) const {
    if (!json) fmt::print("{}\n", text);
}

void Output::wrote(const fs::path& file) const {
    say(file.string());
}

void Output::result(const fs::path& file) const {
    if (json) {
        fmt::print("{}", program::read_file(file));
    } else {
        wrote(file);
    }
    std::fflush(stdout);  // whatever comes next may throw
}

void add_json_option(CLI::App& command, bool& json) {
    command.add_flag("--json", json, "print JSON");
}

void show(const Output& output, const Document& document, const fs::path& file) {
    const fs::path tables = fs::path{file}.replace_extension(".md");
    program::write_file_atomically(tables, to_markdown(document));
    output.say(to_plain_text(document));
    output.result(file);
    output.wrote(tables);
}

OutputFolder prepare(RunOptions& options) {
    CampaignOptions& campaign = options.campaign;
    campaign.testbed_dir = directory(options.testbed_dir, "RXLAB_TESTBED_DIR",
                                     program::data_folder("testbed", RXLAB_TESTBED_DIR));
    campaign.program_dir = directory(options.program_dir, "RXLAB_PROGRAM_DIR",
                                     fs::read_symlink("/proc/self/exe").parent_path());
    campaign.scratch_fallback =
        options.output.empty() ? default_output() : fs::path(options.output);
    return OutputFolder{campaign.scratch_fallback};
}

void add_place_options(CLI::App& command, RunOptions& options) {
    command.add_option("--sender-cpu", options.campaign.sender_cpu, "default: an isolated one")
        ->type_name("N");
    command.add_option("--receiver-cpu", options.campaign.receiver_cpu, "default: another")
        ->type_name("N");
    command.add_option("--output", options.output, "default: results-<time>")->type_name("DIR");
    command
        .add_option("--testbed-dir", options.testbed_dir,
                    "the test bed scripts; also RXLAB_TESTBED_DIR")
        ->type_name("DIR");
    command
        .add_option("--program-dir", options.program_dir,
                    "receivers and feedsim; also RXLAB_PROGRAM_DIR; default: beside rxbench")
        ->type_name("DIR");
    add_json_option(command, options.to.json);
}

void add_wait_option(CLI::App& command, CampaignOptions& options) {
    command.add_flag("--wait", options.wait_until_quiet,
                     "before measuring, wait for up to half a minute for other programs to leave "
                     "the CPUs");
}

void add_burst_options(CLI::App& command, CampaignOptions& options) {
    command.add_option("--profile", options.profile, "spacing of the packets")
        ->check(program::one_of({"constant", "poisson", "microburst", "market-open"}))
        ->type_name("constant|poisson|microburst|market-open")
        ->capture_default_str();
    command.add_option("--burst", options.burst, "packets that are due at once (microburst)")
        ->check(CLI::Range(1, 65'536))
        ->type_name("N")
        ->capture_default_str();
}

void add_receiver_option(CLI::App& command, CampaignOptions& options, WithoutName without) {
    const bool with_marks = without == WithoutName::usual;
    options.all_ways = without == WithoutName::all_that_run;
    command
        .add_option("--receiver", options.receivers,
                    std::string{"one of those below; repeatable; default: "} +
                        (with_marks ? "those marked *, where they can run" : "all that can run"))
        ->type_name("RECEIVER");
    std::string list = "Receivers:\n";
    for (const Candidate& each : all_candidates()) {
        const std::string bed = each.only_on.empty() ? "" : " (" + each.only_on + ")";
        list += fmt::format("  {:26}{} {}{}\n", each.name,
                            with_marks && each.by_default ? '*' : ' ', each.title, bed);
    }
    if (with_marks) list += "\n* runs if none is named";
    command.footer(list);
}

void add_search_options(CLI::App& command, RateSearch& search, const std::string& seconds) {
    command.add_option("--rate-min", search.rate_min, "first rate of the search for each limit")
        ->check(CLI::Range(100.0, 1e7))
        ->type_name("PPS")
        ->capture_default_str();
    command.add_option("--rate-max", search.rate_max, "last rate of the search")
        ->check(CLI::Range(100.0, 1e7))
        ->type_name("PPS")
        ->capture_default_str();
    command
        .add_option("--halvings", search.halvings, "how often the search halves its last distance")
        ->check(CLI::Range(0, 20))
        ->type_name("N")
        ->capture_default_str();
    command.add_option(seconds, search.seconds, "length of its trials")
        ->check(CLI::Range(0.05, 3600.0))
        ->type_name("S")
        ->capture_default_str();
}

void check_search(const RateSearch& search) {
    if (search.rate_min <= search.rate_max) return;
    throw program::UsageError(
        fmt::format("--rate-min {}: above --rate-max {}", search.rate_min, search.rate_max));
}

void add_variant_option(CLI::App& command, CampaignOptions& options) {
    command
        .add_option("--variant", options.variants,
                    "'NAME=RECEIVER OPTION…': also run that receiver with other options, to see "
                    "what they change; repeatable")
        ->type_name("TEXT");
}

void add_testbed_option(CLI::App& command, CampaignOptions& options,
                        const std::vector<std::string>& beds) {
    command
        .add_option("--testbed", options.testbed,
                    std::ranges::count(beds, "vm") == 0
                        ? "the wire: a veth pair, shared memory, or two ports of this machine"
                        : "the wire: a veth pair, shared memory, two ports of this machine, or two "
                          "emulated ones in a virtual machine")
        ->check(program::one_of(beds))
        ->type_name(fmt::format("{}", fmt::join(beds, "|")))
        ->capture_default_str();
    for (const char* end : {"tx", "rx"}) {
        command
            .add_option_function<std::string>(
                fmt::format("--{}-port", end),
                [&options, end](const std::string& port) {
                    options.testbed_ports.insert(options.testbed_ports.end(),
                                                 {fmt::format("--{}", end), port});
                },
                "nic: PCI address or interface; see: testbed/nic/nic status")
            ->type_name("PORT");
    }
    command.add_option("--rung", options.rung, "what the result calls the test bed")->group("");
}

}  // namespace rxlab::bench
