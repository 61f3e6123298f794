// SPDX-License-Identifier: MIT
#include <rxlab/program/errors.hpp>
#include <rxlab/program/numbers.hpp>
#include <rxlab/rx/options.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <rxlab_version.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rxlab::rx {
namespace {

// Each is one feed, or line B of one. What a receiver joins is a multicast group; a capture may
// hold any destination (check_groups()).
void add_group(const Options& options, const std::string& option, const std::string& text,
               std::vector<wire::Ipv4Endpoint>& list) {
    wire::Ipv4Endpoint group;
    try {
        group = wire::parse_ipv4_endpoint(text);
    } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError(option, error.what());
    }
    const auto is_taken = [&](const auto& groups) {
        return std::find(groups.begin(), groups.end(), group) != groups.end();
    };
    if (is_taken(options.groups) || is_taken(options.line_b)) {
        throw CLI::ValidationError(option, text + " is given twice");
    }
    list.push_back(group);
}

CLI::Option* add_groups(CLI::App& app, const std::string& option, const Options& options,
                        std::vector<wire::Ipv4Endpoint>& list, const std::string& description) {
    return app
        .add_option_function<std::vector<std::string>>(
            option,
            [&options, &list, option](const std::vector<std::string>& texts) {
                for (const std::string& text : texts)
                    add_group(options, option, text, list);
            },
            description)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("ADDRESS:PORT");
}

std::uint32_t parse_host(const std::string& option, const std::string& text) {
    std::uint32_t address = 0;
    try {
        address = wire::parse_ipv4_address(text);
    } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError(option, error.what());
    }
    if (wire::is_multicast(address) || address == 0 || address == 0xffffffff)
        throw CLI::ValidationError(option, text + " is no host's address");
    return address;
}

wire::Ipv4Endpoint parse_server(const std::string& option, const std::string& text) {
    wire::Ipv4Endpoint server;
    try {
        server = wire::parse_ipv4_endpoint(text);
    } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError(option, error.what());
    }
    if (wire::is_multicast(server)) {
        throw CLI::ValidationError(option, text + " is a multicast group, not a server");
    }
    return server;
}

void add_servers(CLI::App& app, const std::string& option, std::vector<wire::Ipv4Endpoint>& servers,
                 const std::string& description) {
    app.add_option_function<std::vector<std::string>>(
           option,
           [&servers, option](const std::vector<std::string>& texts) {
               for (const std::string& text : texts)
                   servers.push_back(parse_server(option, text));
           },
           description)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("ADDRESS:PORT");
}

// IPv4 addresses of publishers.
void add_sources(CLI::App& app, const std::string& option, std::vector<std::uint32_t>& sources,
                 const std::string& description) {
    app.add_option_function<std::vector<std::string>>(
           option,
           [&sources, option](const std::vector<std::string>& texts) {
               for (const std::string& text : texts)
                   sources.push_back(parse_host(option, text));
           },
           description)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("ADDRESS");
}

void check_sources(const std::string& option, std::size_t sources, std::size_t lines,
                   const std::string& line_option) {
    if (sources == 0 || (lines != 0 && (sources == 1 || sources == lines))) return;
    throw CLI::ValidationError(option, fmt::format("{} for {} of {}: give one for all, or one each",
                                                   sources, lines, line_option));
}

// Only when all options are known it is known whether the groups are a capture's.
void check_groups(const std::string& option, const std::vector<wire::Ipv4Endpoint>& groups) {
    try {
        for (const wire::Ipv4Endpoint& group : groups)
            (void)wire::parse_multicast_endpoint(wire::to_string(group));
    } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError(option, error.what());
    }
}

void check_servers(const Options& options, const std::string& option,
                   const std::vector<wire::Ipv4Endpoint>& servers) {
    if (servers.size() <= 1 || servers.size() == options.groups.size()) return;
    throw CLI::ValidationError(option,
                               fmt::format("{} servers for {} feeds: give one for all, or one each",
                                           servers.size(), options.groups.size()));
}

template <std::size_t N>
std::string fits(const std::string& text) {
    return text.size() <= N ? std::string{}
                            : fmt::format("\"{}\" is longer than {} characters", text, N);
}

// A password on the command line would be seen by everybody (`ps`).
std::string password_in(const std::string& path) {
    std::ifstream file{path};
    std::string line;
    if (!std::getline(file, line) && !file.eof())
        throw CLI::ValidationError("--snapshot-password-file", path + " cannot be read");
    if (const std::string complaint = fits<10>(line); !complaint.empty())
        throw CLI::ValidationError("--snapshot-password-file",
                                   path + ": the first line is longer than 10 characters");
    return line;
}

void add_recovery_options(CLI::App& app, Options& options) {
    add_servers(app, "--recover", options.recover_servers,
                "MoldUDP64 re-request server: ask it for missing messages; once for all feeds, or "
                "once for each");
    add_servers(app, "--snapshot", options.snapshot_servers,
                "GLIMPSE server: start with a snapshot, and take another after a loss; likewise");
    app.add_option("--snapshot-user", options.snapshot_user, "user name of the login to it")
        ->check(CLI::Validator{fits<6>, "at most 6 characters"})
        ->type_name("NAME")
        ->capture_default_str();
    app.add_option_function<std::string>(
           "--snapshot-password-file",
           [&options](const std::string& path) { options.snapshot_password = password_in(path); },
           "file whose first line is the password; default: the environment's "
           "RXLAB_SNAPSHOT_PASSWORD, else none")
        ->type_name("FILE");
    app.add_option("--snapshot-session", options.snapshot_session,
                   "session to ask the server for; default: that of the feed")
        ->check(CLI::Validator{fits<10>, "at most 10 characters"})
        ->type_name("NAME");
    app.add_option("--gap-wait", options.gap_wait_us,
                   "how long missing messages may still come by themselves; default 1000")
        ->check(CLI::Range(0.0, 1e9))
        ->type_name("MICROSECONDS");
    app.add_option("--hold", options.hold_packets,
                   "room for packets that came too early, per feed; default 16384")
        ->check(CLI::Range(std::size_t{16}, std::size_t{1} << 22))
        ->type_name("PACKETS");
    app.add_option("--from", options.first_sequence,
                   "number of the session's first message: what is missing from there is a gap")
        ->type_name("SEQUENCE");
    for (const char* server : {"--recover", "--snapshot"})
        app.get_option(server)->excludes(app.get_option("--read-pcap"));
    app.final_callback([&options] {
        if (const char* password = std::getenv("RXLAB_SNAPSHOT_PASSWORD");
            password != nullptr && options.snapshot_password.empty())
            options.snapshot_password = password;
        if (options.snapshot_password.size() > 10)
            throw CLI::ValidationError("RXLAB_SNAPSHOT_PASSWORD", "is longer than 10 characters");
        if (options.groups.empty() && options.read_pcap.empty())
            throw CLI::RequiredError("--group");
        if (options.read_pcap.empty()) {
            check_groups("--group", options.groups);
            check_groups("--line-b", options.line_b);
        }
        if (!options.line_b.empty() && options.line_b.size() != options.groups.size()) {
            throw CLI::ValidationError(
                "--line-b", fmt::format("{} for {} of --group: give one for each, or none",
                                        options.line_b.size(), options.groups.size()));
        }
        check_sources("--source", options.sources.size(), options.groups.size(), "--group");
        check_sources("--line-b-source", options.line_b_sources.size(), options.line_b.size(),
                      "--line-b");
        check_servers(options, "--recover", options.recover_servers);
        check_servers(options, "--snapshot", options.snapshot_servers);
    });
}

}  // namespace

bool Options::ordered() const noexcept {
    return !recover_servers.empty() || !snapshot_servers.empty() || gap_wait_us || hold_packets ||
           first_sequence || !line_b.empty();
}

std::vector<Line> lines_of(const Options& options) {
    std::vector<Line> lines;
    const auto add = [&lines](const auto& groups, const auto& sources, std::uint8_t line) {
        for (std::size_t feed = 0; feed < groups.size(); ++feed) {
            const std::uint32_t source =
                sources.empty() ? 0 : sources[sources.size() == 1 ? 0 : feed];
            lines.push_back({groups[feed], {static_cast<std::uint16_t>(feed), line}, source});
        }
    };
    add(options.groups, options.sources, 0);
    add(options.line_b, options.line_b_sources, 1);
    return lines;
}

std::vector<Line> lines_of(std::span<const wire::Ipv4Endpoint> groups) {
    std::vector<Line> lines;
    for (const wire::Ipv4Endpoint& group : groups)
        lines.push_back({group, {static_cast<std::uint16_t>(lines.size()), 0}});
    return lines;
}

void add_options(CLI::App& app, Options& options) {
    app.set_version_flag("--version",
                         std::string{version::kVersion} + " (" + version::kCommit + ")");
    add_groups(app, "--group", options, options.groups,
               "multicast group to receive (or a capture's destination); repeat for several feeds");
    add_groups(
        app, "--line-b", options, options.line_b,
        "line B of the first --group, the second of the second, and so on: the first copy of "
        "a packet is used");
    add_sources(app, "--source", options.sources,
                "take only what this host sends to the groups (line A); once for all, or once for "
                "each");
    add_sources(app, "--line-b-source", options.line_b_sources, "the same for line B");
    app.add_option("--silence", options.silence_s,
                   "a feed of which nothing was heard for so long, not even a heartbeat, is "
                   "unconfirmed")
        ->check(CLI::Range(0.001, 86'400.0))
        ->type_name("SECONDS")
        ->capture_default_str();
    app.add_option("--link-wait", options.link_wait_s,
                   "how long to wait for the link to come up, and to come back")
        ->check(CLI::Range(0.0, 3'600.0))
        ->type_name("SECONDS")
        ->capture_default_str();
    CLI::Option* const interface =
        app.add_option("--interface", options.interface,
                       "network interface, or DPDK port by name or number")
            ->type_name("NAME");
    CLI::Option* const read_pcap =
        app.add_option("--read-pcap", options.read_pcap,
                       "receive from a capture file (pcap or pcapng) instead, in the capture's "
                       "time; without --group: list what it holds")
            ->type_name("FILE")
            ->excludes(interface);
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
    // Both hold what is received against this machine's time.
    app.add_option("--stalls", options.stalls_us,
                   "note in the summary each turn of the loop that took longer; only where the "
                   "mode never sleeps")
        ->check(CLI::Range(1.0, 1e6))
        ->type_name("MICROSECONDS")
        ->excludes(read_pcap);
    app.add_flag("--stamped", options.stamped,
                 "ITCH timestamps are send times (feedsim --stamp): report latency")
        ->excludes(read_pcap);
    add_recovery_options(app, options);
}

bool parse_command_line(CLI::App& app, int argc, const char* const* argv) {
    program::refuse_odd_numbers(app);
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
