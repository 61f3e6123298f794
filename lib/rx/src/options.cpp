// SPDX-License-Identifier: MIT
#include <rxlab/program/errors.hpp>
#include <rxlab/rx/options.hpp>

#include <fmt/format.h>
#include <rxlab_version.hpp>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

namespace rxlab::rx {
namespace {

// A receiver joins multicast groups; each group is one feed.
void add_group(Options& options, const std::string& text) {
    wire::Ipv4Endpoint group;
    try {
        group = wire::parse_multicast_endpoint(text);
    } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError("--group", error.what());
    }
    if (std::find(options.groups.begin(), options.groups.end(), group) != options.groups.end()) {
        throw CLI::ValidationError("--group", text + " is given twice");
    }
    options.groups.push_back(group);
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
    app.set_version_flag("--version",
                         std::string{version::kVersion} + " (" + version::kCommit + ")");
    app.add_option_function<std::vector<std::string>>(
           "--group",
           [&options](const std::vector<std::string>& texts) {
               for (const std::string& text : texts)
                   add_group(options, text);
           },
           "multicast group to receive; repeat for several feeds")
        ->required()
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("ADDRESS:PORT");
    app.add_option("--interface", options.interface,
                   "network interface, or DPDK port by name or number")
        ->type_name("NAME");
    app.add_option("--cpu", options.cpu, "run the receive loop on this CPU")->type_name("N");
    app.add_option("--trace", options.trace_path, "write one record per packet (use a tmpfs)")
        ->type_name("FILE");
    app.add_option("--trace-records", options.trace_records, "room in the trace")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--json", options.json_path, "write the summary as JSON; - is standard output")
        ->type_name("FILE");
    app.add_option("--messages", options.messages_max, "stop after N messages")->type_name("N");
    app.add_flag("--exit-at-end-of-session", options.exit_at_end_of_session,
                 "stop when every feed has ended its session");
    app.add_option("--statistics", options.statistics_seconds, "print counters every so often")
        ->check(CLI::Range(0.01, 86'400.0))
        ->type_name("SECONDS");
    app.add_option("--orders", options.orders, "room for live orders, per feed")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--levels", options.levels, "room for price levels, per feed")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 26))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--top", options.top, "busiest symbols in the summary")
        ->check(CLI::Range(std::size_t{0}, std::size_t{65'536}))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--gaps", options.gaps_us,
                   "note in the summary each turn of the loop that took longer; only where the "
                   "mode never sleeps")
        ->check(CLI::Range(1.0, 1e6))
        ->type_name("MICROSECONDS");
    app.add_flag("--stamped", options.stamped,
                 "ITCH timestamps are send times (feedsim --stamp): report latency");
}

bool parse_command_line(CLI::App& app, int argc, const char* const* argv) {
    try {
        app.parse(argc, const_cast<char**>(argv));
        return true;
    } catch (const CLI::Success& asked) {  // --help, --version
        app.exit(asked);
        return false;
    } catch (const CLI::ParseError& error) {
        std::string text = error.what();
        std::replace(text.begin(), text.end(), '\n', ' ');
        throw program::UsageError(fmt::format("{}; see {} --help", text, app.get_name()));
    }
}

}  // namespace rxlab::rx
