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

// std::invalid_argument is what `parse` has to say against the option's text.
template <typename Parse>
auto parsed(const std::string& option, const std::string& text, Parse parse) {
    try {
        return parse(text);
    } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError(option, error.what());
    }
}

// A default that is something is shown.
template <typename T>
CLI::Option* add(CLI::App& app, const std::string& option, T& value, const std::string& type,
                 const std::string& description, const CLI::Validator& check = {}) {
    CLI::Option* const added =
        app.add_option(option, value, description)->check(check)->type_name(type);
    return value == T{} ? added : added->capture_default_str();
}

// Once for each feed.
template <typename T, typename Parse>
CLI::Option* add_list(CLI::App& app, const std::string& option, std::vector<T>& list, Parse parse,
                      const std::string& description) {
    const auto take = [&list, option, parse](const std::vector<std::string>& texts) {
        for (const std::string& text : texts)
            list.push_back(parsed(option, text, parse));
    };
    return app.add_option_function<std::vector<std::string>>(option, take, description)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(std::is_integral_v<T> ? "ADDRESS" : "ADDRESS:PORT");
}

wire::Ipv4Endpoint parse_server(const std::string& text) {
    const wire::Ipv4Endpoint server = wire::parse_ipv4_endpoint(text);
    if (!wire::is_multicast(server)) return server;
    throw std::invalid_argument(text + " is a multicast group, not a server");
}

std::uint32_t parse_host(const std::string& text) {
    const std::uint32_t address = wire::parse_ipv4_address(text);
    if (wire::is_multicast(address) || address == 0 || address == 0xffffffff)
        throw std::invalid_argument(text + " is no host's address");
    return address;
}

void check_count(const std::string& option, std::size_t count, const std::string& of,
                 std::size_t lines, bool one_for_all = true) {
    if (count == 0 || count == lines || (count == 1 && lines != 0 && one_for_all)) return;
    throw CLI::ValidationError(
        option, fmt::format("{} for {} of {}: give one for each, or {}", count, lines, of,
                            one_for_all ? "one for all" : "none"));
}

// What a receiver joins is a multicast group; a capture may hold any destination. Whose the groups
// are is known when all options are.
void check_groups(const Options& options) {
    std::vector<wire::Ipv4Endpoint> seen;
    const auto check = [&](const std::string& option, const auto& groups) {
        for (const wire::Ipv4Endpoint& group : groups) {
            const std::string text = wire::to_string(group);
            if (std::ranges::find(seen, group) != seen.end())
                throw CLI::ValidationError(option, text + " is given twice");
            seen.push_back(group);
            if (options.read_pcap.empty()) parsed(option, text, wire::parse_multicast_endpoint);
        }
    };
    check("--group", options.groups);
    check("--line-b", options.line_b);
}

// A text of at most so many characters.
CLI::Validator at_most(std::size_t characters) {
    const auto complaint = [characters](const std::string& text) {
        if (text.size() <= characters) return std::string{};
        return fmt::format("\"{}\" is longer than {} characters", text, characters);
    };
    return CLI::Validator{complaint, ""};
}

// A password on the command line would be seen by everybody (`ps`).
std::string password_in(const std::string& path) {
    std::ifstream file{path};
    std::string line;
    if (!std::getline(file, line) && !file.eof())
        throw CLI::ValidationError("--snapshot-password-file", path + " cannot be read");
    return line;
}

// What needs more than one option to be known.
void check(Options& options) {
    if (const char* password = std::getenv("RXLAB_SNAPSHOT_PASSWORD");
        password != nullptr && options.snapshot_password.empty())
        options.snapshot_password = password;
    if (options.snapshot_password.size() > 10)
        throw CLI::ValidationError("--snapshot-password-file, RXLAB_SNAPSHOT_PASSWORD",
                                   "the password is longer than 10 characters");
    if (options.groups.empty() && options.read_pcap.empty()) throw CLI::RequiredError("--group");
    check_groups(options);
    const std::size_t feeds = options.groups.size();
    const std::size_t lines_b = options.line_b.size();
    check_count("--line-b", lines_b, "--group", feeds, false);
    check_count("--source", options.sources.size(), "--group", feeds);
    check_count("--line-b-source", options.line_b_sources.size(), "--line-b", lines_b);
    check_count("--recover", options.recover_servers.size(), "--group", feeds);
    check_count("--snapshot", options.snapshot_servers.size(), "--group", feeds);
}

void add_recovery_options(CLI::App& app, Options& options) {
    add_list(app, "--recover", options.recover_servers, parse_server,
             "MoldUDP64 re-request server: ask it for missing messages; once for all feeds, or "
             "once for each");
    add_list(app, "--snapshot", options.snapshot_servers, parse_server,
             "GLIMPSE server: start with a snapshot, and take another after a loss; likewise");
    add(app, "--snapshot-user", options.snapshot_user, "NAME", "user name of the login to it",
        at_most(6));
    app.add_option_function<std::string>(
           "--snapshot-password-file",
           [&options](const std::string& path) { options.snapshot_password = password_in(path); },
           "file whose first line is the password; default: the environment's "
           "RXLAB_SNAPSHOT_PASSWORD, else none")
        ->type_name("FILE");
    add(app, "--snapshot-session", options.snapshot_session, "NAME",
        "session to ask the server for; default: that of the feed", at_most(10));
    add(app, "--gap-wait", options.gap_wait_us, "MICROSECONDS",
        "how long missing messages may still come by themselves; default 1000",
        CLI::Range(0.0, 1e9));
    add(app, "--hold", options.hold_packets, "PACKETS",
        "room for packets that came too early, per feed; default 16384",
        CLI::Range(std::size_t{16}, std::size_t{1} << 22));
    add(app, "--from", options.first_sequence, "SEQUENCE",
        "number of the session's first message: what is missing from there is a gap");
    for (const char* server : {"--recover", "--snapshot"})
        app.get_option(server)->excludes(app.get_option("--read-pcap"));
    app.final_callback([&options] { check(options); });
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
    Options options;
    options.groups.assign(groups.begin(), groups.end());
    return lines_of(options);
}

void add_options(CLI::App& app, Options& options) {
    app.set_version_flag("--version",
                         std::string{version::kVersion} + " (" + version::kCommit + ")");
    add_list(app, "--group", options.groups, wire::parse_ipv4_endpoint,
             "multicast group to receive (or a capture's destination); repeat for several feeds");
    add_list(app, "--line-b", options.line_b, wire::parse_ipv4_endpoint,
             "line B of the first --group, the second of the second, and so on: the first copy of "
             "a packet is used");
    add_list(
        app, "--source", options.sources, parse_host,
        "take only what this host sends to the groups (line A); once for all, or once for each");
    add_list(app, "--line-b-source", options.line_b_sources, parse_host, "the same for line B");
    add(app, "--silence", options.silence_s, "SECONDS",
        "a feed of which nothing was heard for so long, not even a heartbeat, is unconfirmed",
        CLI::Range(0.001, 86'400.0));
    add(app, "--link-wait", options.link_wait_s, "SECONDS",
        "how long to wait for the link to come up, and to come back", CLI::Range(0.0, 3'600.0));
    CLI::Option* const interface = add(app, "--interface", options.interface, "NAME",
                                       "network interface, or DPDK port by name or number");
    CLI::Option* const read_pcap = add(app, "--read-pcap", options.read_pcap, "FILE",
                                       "receive from a capture file (pcap or pcapng) instead, in "
                                       "the capture's time; without --group: list what it holds")
                                       ->excludes(interface);
    add(app, "--cpu", options.cpu, "N", "run the receive loop on this CPU");
    add(app, "--trace", options.trace_path, "FILE", "write one record per packet (use a tmpfs)");
    add(app, "--trace-records", options.trace_records, "N", "room in the trace",
        CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32));
    add(app, "--json", options.json_path, "FILE",
        "write the summary as JSON; - is standard output");
    add(app, "--messages", options.messages_max, "N", "stop after N messages");
    app.add_flag("--exit-at-end-of-session", options.exit_at_end_of_session,
                 "stop when every feed has ended its session");
    add(app, "--statistics", options.statistics_seconds, "SECONDS", "print counters every so often",
        CLI::Range(0.01, 86'400.0));
    add(app, "--orders", options.orders, "N", "room for live orders, per feed",
        CLI::Range(std::size_t{1}, std::size_t{1} << 30));
    add(app, "--levels", options.levels, "N", "room for price levels, per feed",
        CLI::Range(std::size_t{1}, std::size_t{1} << 26));
    add(app, "--top", options.top, "N", "busiest symbols in the summary",
        CLI::Range(std::size_t{0}, std::size_t{65'536}));
    // Both hold what is received against this machine's time.
    add(app, "--stalls", options.stalls_us, "MICROSECONDS",
        "note in the summary each turn of the loop that took longer; only where the mode never "
        "sleeps",
        CLI::Range(1.0, 1e6))
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
