// SPDX-License-Identifier: MIT
#include <rxlab/program/command_line.hpp>
#include <rxlab/rx/options.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::rx {
namespace {

using program::add_list;
using program::add_value;

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
    std::vector<std::pair<wire::Ipv4Endpoint, std::string>> seen;
    for (const Line& line : lines_of(options)) {
        const std::string option = line.id.line == 0 ? "--group" : "--line-b";
        const std::string text = wire::to_string(line.group);
        const std::pair where{line.group, line.interface};
        if (std::ranges::find(seen, where) != seen.end())
            throw CLI::ValidationError(option, text + " is given twice");
        seen.push_back(where);
        if (options.read_pcap.empty()) {
            program::parsed(option, text, wire::parse_multicast_endpoint);
        } else if (!line.interface.empty()) {
            throw CLI::ValidationError(
                option, fmt::format("{}@{}: a capture has no interfaces", text, line.interface));
        }
    }
}

// sockaddr_un::sun_path, without the zero at its end (unix(7)).
constexpr std::size_t kSocketPathMax = 107;

struct GroupAt {
    wire::Ipv4Endpoint group;
    std::string interface;  // empty: not said
};

// ADDRESS:PORT[@INTERFACE]. Throws std::invalid_argument.
GroupAt parse_group_at(const std::string& text) {
    const std::size_t at = text.find('@');
    if (at == std::string::npos) return {wire::parse_ipv4_endpoint(text), {}};
    GroupAt parsed{wire::parse_ipv4_endpoint(std::string_view{text}.substr(0, at)),
                   text.substr(at + 1)};
    if (parsed.interface.empty())
        throw std::invalid_argument(text + ": the name of an interface is missing after the @");
    return parsed;
}

void add_groups(CLI::App& app, const std::string& option, std::vector<wire::Ipv4Endpoint>& groups,
                std::vector<std::string>& interfaces, const std::string& help) {
    const auto take = [&groups, &interfaces, option](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
            GroupAt parsed = program::parsed(option, text, parse_group_at);
            groups.push_back(parsed.group);
            interfaces.push_back(std::move(parsed.interface));
        }
    };
    app.add_option_function<std::vector<std::string>>(option, take, help)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("ADDRESS:PORT[@INTERFACE]");
}

void check_triggers(const Options& options) {
    if (options.respond.has_value() == options.respond_when.empty()) {
        throw CLI::ValidationError("--respond",
                                   "say where orders are sent and when: --respond ADDRESS:PORT "
                                   "together with --respond-when");
    }
    std::vector<order::Trigger> seen;
    for (const order::Trigger& trigger : options.respond_when) {
        const std::string text = order::to_string(trigger);
        if (std::ranges::find(seen, trigger) != seen.end())
            throw CLI::ValidationError("--respond-when", text + " is given twice");
        if (trigger.feed >= options.groups.size()) {
            throw CLI::ValidationError(
                "--respond-when",
                fmt::format("{}: there is no feed {}; the first --group is 0", text, trigger.feed));
        }
        seen.push_back(trigger);
    }
}

// What needs more than one option to be known.
void check(Options& options) {
    if (const char* password = std::getenv("RXLAB_SNAPSHOT_PASSWORD");
        password != nullptr && options.snapshot_password.empty())
        options.snapshot_password = password;
    if (options.snapshot_password.size() > 10)
        throw CLI::ValidationError("RXLAB_SNAPSHOT_PASSWORD",
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
    check_triggers(options);
}

void add_recovery_options(CLI::App& app, Options& options) {
    add_list(app, "--recover", options.recover_servers, wire::parse_server_endpoint, "ADDRESS:PORT",
             "MoldUDP64 re-request server: ask it for missing messages; once for all feeds, or "
             "once for each");
    add_list(app, "--snapshot", options.snapshot_servers, wire::parse_server_endpoint,
             "ADDRESS:PORT",
             "GLIMPSE server: start with a snapshot, and take another after a loss; likewise");
    add_value(app, "--snapshot-user", options.snapshot_user, "NAME", "user name of the login to it",
              program::at_most(6));
    const auto read_password = [&options](const std::string& path) {
        options.snapshot_password = program::read_password("--snapshot-password-file", path, 10);
    };
    app.add_option_function<std::string>(
           "--snapshot-password-file", read_password,
           "file whose first line is the password; default: the environment's "
           "RXLAB_SNAPSHOT_PASSWORD, else none")
        ->type_name("FILE");
    add_value(app, "--snapshot-session", options.snapshot_session, "NAME",
              "session to ask the server for; default: that of the feed", program::at_most(10));
    add_value(app, "--gap-wait", options.gap_wait_us, "MICROSECONDS",
              "how long missing messages may still come by themselves; default 1000",
              CLI::Range(0.0, 1e9));
    add_value(app, "--hold", options.hold_packets, "PACKETS",
              "room for packets that came too early, per feed; default 16384",
              CLI::Range(std::size_t{16}, std::size_t{1} << 22));
    add_value(app, "--from", options.first_sequence, "SEQUENCE",
              "number of the session's first message: what is missing from there is a gap");
    for (const char* server : {"--recover", "--snapshot"})
        app.get_option(server)->excludes(app.get_option("--read-pcap"));
    app.final_callback([&options] { check(options); });
}

}  // namespace

MetricsEndpoint parse_metrics_endpoint(const std::string& text) {
    constexpr std::string_view kUnix = "unix:";
    if (text.starts_with(kUnix)) {
        std::string path = text.substr(kUnix.size());
        if (path.empty() || path.size() > kSocketPathMax) {
            throw std::invalid_argument(
                fmt::format("{}: a socket's path has 1 to {} characters", text, kSocketPathMax));
        }
        return {std::move(path), {}};
    }
    const wire::Ipv4Endpoint tcp = wire::parse_ipv4_endpoint(text);
    if (tcp.address >> 24 == 127) return {{}, tcp};
    throw std::invalid_argument(text +
                                ": metrics are served on this host only: 127.0.0.1:PORT, or "
                                "unix:PATH");
}

bool Options::ordered() const noexcept {
    return !recover_servers.empty() || !snapshot_servers.empty() || gap_wait_us || hold_packets ||
           first_sequence || !line_b.empty();
}

int Options::sleep_ms_max() const noexcept {
    if (ordered()) return 1;  // gaps are waited for, and answers come beside packets
    return std::max(static_cast<int>(std::min(silence_s * 250, 100.0)), 1);  // a quarter of it
}

std::vector<Line> lines_of(const Options& options) {
    std::vector<Line> lines;
    const auto add = [&](const auto& groups, const auto& sources, const auto& interfaces,
                         std::uint8_t line) {
        for (std::size_t feed = 0; feed < groups.size(); ++feed) {
            const std::uint32_t source =
                sources.empty() ? 0 : sources[sources.size() == 1 ? 0 : feed];
            const bool is_named = feed < interfaces.size() && !interfaces[feed].empty();
            lines.push_back({groups[feed],
                             {static_cast<std::uint16_t>(feed), line},
                             source,
                             is_named ? interfaces[feed] : options.interface});
        }
    };
    add(options.groups, options.sources, options.group_interfaces, 0);
    add(options.line_b, options.line_b_sources, options.line_b_interfaces, 1);
    return lines;
}

std::vector<Interface> interfaces_of(const Options& options) {
    std::vector<Interface> interfaces;
    for (Line& line : lines_of(options)) {
        auto known = std::ranges::find(interfaces, line.interface, &Interface::name);
        if (known == interfaces.end()) known = interfaces.insert(known, {line.interface, {}});
        known->lines.push_back(std::move(line));
    }
    return interfaces;
}

void require_interfaces(const Options& options, std::string_view what) {
    for (const Line& line : lines_of(options)) {
        if (!line.interface.empty()) continue;
        throw program::UsageError(fmt::format("--interface is missing: {}", what));
    }
}

void add_options(CLI::App& app, Options& options) {
    add_groups(app, "--group", options.groups, options.group_interfaces,
               "multicast group to receive (or a capture's destination); repeat for several feeds; "
               "INTERFACE: where, instead of --interface");
    add_groups(app, "--line-b", options.line_b, options.line_b_interfaces,
               "line B of the first --group, the second of the second, and so on: the first copy "
               "of a packet is used");
    add_list(
        app, "--source", options.sources, wire::parse_host_address, "ADDRESS",
        "take only what this host sends to the groups (line A); once for all, or once for each");
    add_list(app, "--line-b-source", options.line_b_sources, wire::parse_host_address, "ADDRESS",
             "the same for line B");
    add_value(app, "--silence", options.silence_s, "SECONDS",
              "a feed of which nothing was heard for so long, not even a heartbeat, is unconfirmed",
              CLI::Range(0.001, 86'400.0));
    add_value(app, "--link-wait", options.link_wait_s, "SECONDS",
              "how long to wait for the link to come up, and to come back",
              CLI::Range(0.0, 3'600.0));
    CLI::Option* const interface = add_value(app, "--interface", options.interface, "NAME",
                                             "network interface, or DPDK port by name or number");
    CLI::Option* const read_pcap =
        add_value(app, "--read-pcap", options.read_pcap, "FILE",
                  "receive from a capture file (pcap or pcapng) instead, in "
                  "the capture's time; without --group: list what it holds")
            ->excludes(interface);
    add_value(app, "--cpu", options.cpu, "N", "run the receive loop on this CPU");
    add_value(app, "--trace", options.trace_path, "FILE",
              "write one record per packet (use a tmpfs)");
    add_value(app, "--trace-records", options.trace_records, "N", "room in the trace",
              CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32));
    add_value(app, "--json", options.json_path, "FILE",
              "write the summary as JSON; - is standard output");
    add_value(app, "--messages", options.messages_max, "N", "stop after N messages");
    app.add_flag("--exit-at-end-of-session", options.exit_at_end_of_session,
                 "stop when every feed has ended its session");
    add_value(app, "--statistics", options.statistics_seconds, "SECONDS",
              "print counters every so often", CLI::Range(0.01, 86'400.0));
    app.add_option_function<std::string>(
           "--metrics",
           [&options](const std::string& text) {
               options.metrics = program::parsed("--metrics", text, parse_metrics_endpoint);
           },
           "serve counters in Prometheus' text format over HTTP on a Unix socket (unix:PATH) or a "
           "TCP port of this host (127.0.0.1:PORT)")
        ->type_name("WHERE")
        ->excludes(read_pcap);
    add_value(app, "--orders", options.orders, "N", "room for live orders, per feed",
              CLI::Range(std::size_t{1}, std::size_t{1} << 30));
    add_value(app, "--levels", options.levels, "N", "room for price levels, per feed",
              CLI::Range(std::size_t{1}, std::size_t{1} << 26));
    add_value(app, "--top", options.top, "N", "busiest symbols in the summary",
              CLI::Range(std::size_t{0}, std::size_t{65'536}));
    // Both hold what is received against this machine's time.
    add_value(
        app, "--stalls", options.stalls_us, "MICROSECONDS",
        "note in the summary each turn of the loop that took longer; only where the mode never "
        "sleeps",
        CLI::Range(1.0, 1e6))
        ->excludes(read_pcap);
    app.add_flag("--stamped", options.stamped,
                 "ITCH timestamps are send times (feedsim --stamp): report latency")
        ->excludes(read_pcap);
    add_recovery_options(app, options);
}

void add_respond_options(CLI::App& app, Options& options, OrdersAs as) {
    const auto take = [&options](const std::string& text) {
        options.respond = program::parsed("--respond", text, wire::parse_server_endpoint);
    };
    CLI::Option* const respond =
        app.add_option_function<std::string>(
               "--respond", take,
               "send orders here (OUCH 5.0, one in a datagram), by this receiver's own way")
            ->type_name("ADDRESS:PORT")
            ->excludes(app.get_option("--read-pcap"));
    add_list(app, "--respond-when", options.respond_when, order::parse_trigger, "TRIGGER",
             "when: every:N, bid>=PRICE:SYMBOL or ask<=PRICE:SYMBOL (with @FEED for a feed other "
             "than the first); repeatable")
        ->needs(respond);
    add_value(app, "--orders-max", options.orders_max, "N", "send at most so many orders")
        ->needs(respond);
    if (as == OrdersAs::datagrams) return;
    const auto take_mac = [&options](const std::string& text) {
        options.respond_mac = program::parsed("--respond-mac", text, wire::parse_mac_address);
    };
    app.add_option_function<std::string>(
           "--respond-mac", take_mac,
           "MAC address of the host at --respond, or of the router to it; default: asked for by "
           "the kernel")
        ->type_name("MAC")
        ->needs(respond);
    const auto take_from = [&options](const std::string& text) {
        options.respond_from = program::parsed("--respond-from", text, wire::parse_host_address);
    };
    app.add_option_function<std::string>(
           "--respond-from", take_from,
           "IPv4 address that orders come from; default: that of the interface")
        ->type_name("ADDRESS")
        ->needs(respond);
}

}  // namespace rxlab::rx
