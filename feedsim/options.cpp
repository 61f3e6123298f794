// SPDX-License-Identifier: MIT
#include "feedsim/options.hpp"

#include "feedsim/servers/message_store.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/numbers.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <rxlab_version.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>

namespace rxlab::feedsim {

namespace {

constexpr wire::Ipv4Endpoint kGroupOfFiles{239U << 24 | 1U << 16 | 1U << 8 | 1U, 30'001};
constexpr std::uint64_t kPacketsMax = 1'000'000'000'000;
// MoldUDP64's sequence has 64 bits; half of them leave room for any run.
constexpr std::uint64_t kSequenceMax = std::uint64_t{1} << 63;

// Option values that are checked once all options are known.
struct Raw {
    std::vector<std::string> groups;
    std::vector<std::string> line_b;
    std::vector<std::string> impairments;
    std::string skew = "recorded";
    std::optional<std::uint64_t> impair_seed;
    std::string rerequest;
    std::string snapshot;
    std::string snapshot_password_file;
    std::optional<double> linger_s;
    std::optional<double> duration_s;
    std::optional<double> rate_pps;
    std::optional<std::uint32_t> messages_per_packet;
    std::string profile = "constant";
    std::string pace = "recorded";
    std::vector<std::string> send_to;
};

void add_feed_options(CLI::App& app, Options& options, Raw& raw) {
    app.add_option("--group", raw.groups, "multicast group of a feed; repeat for several feeds")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("ADDRESS:PORT");
    app.add_option("--session", options.sessions,
                   "name of the first --group's MoldUDP64 session; a second --session names the "
                   "second group's, and so on; default: RXLAB00001, RXLAB00002, ...")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("NAME");
    app.add_option("--interface", options.interface, "interface to send from")->type_name("NAME");
    app.add_option("--rate", raw.rate_pps,
                   "packets per second of each feed; default: 10000, or that of a market open")
        ->check(CLI::Range(kRateMinPps, kRateMaxPps))
        ->type_name("PPS");
    app.add_option("--profile", raw.profile,
                   "spacing of the packets: constant, poisson, microburst or market-open (which "
                   "also draws how many messages each has)")
        ->type_name("NAME")
        ->capture_default_str();
    app.add_option("--burst", options.burst, "packets that are due at once (microburst)")
        ->check(CLI::Range(1U, 65'536U))
        ->type_name("N")
        ->capture_default_str();
    CLI::Option* const packets =
        app.add_option("--packets", options.packets_max, "number of packets that each feed sends")
            ->check(CLI::Range(std::uint64_t{1}, kPacketsMax))
            ->type_name("N");
    app.add_option("--duration", raw.duration_s, "send for this long: rate x duration packets")
        ->check(CLI::Range(1e-6, 1e7))
        ->type_name("SECONDS")
        ->excludes(packets);
    app.add_option("--messages", options.messages_max, "number of messages that each feed sends")
        ->check(CLI::Range(std::uint64_t{1}, kPacketsMax))
        ->type_name("N");
    app.add_option("--messages-per-packet", raw.messages_per_packet,
                   "messages in each packet, as far as they fit into 1,472 bytes; default: 1")
        ->type_name("N");
    app.add_option("--heartbeat", options.heartbeat_s,
                   "silence after which a feed sends a heartbeat; 0: never")
        ->check(CLI::Range(0.0, 1e6))
        ->type_name("SECONDS")
        ->capture_default_str();
    app.add_option("--ttl", options.ttl, "hops that packets may travel")
        ->check(CLI::Range(0, 255))
        ->type_name("N")
        ->default_str("1");
    app.add_flag("--loop", options.loop, "also deliver to receivers on this host");
    app.add_option_function<std::string>(
           "--transmit",
           [&options](const std::string& how) { options.packet_socket = how == "packet"; },
           "through UDP sockets (udp), or past the sender's own stack (packet; needs CAP_NET_RAW)")
        ->check(CLI::IsMember({"udp", "packet"}))
        ->type_name("udp|packet")
        ->default_str("udp");
}

void add_line_options(CLI::App& app, Raw& raw) {
    CLI::Option* const line_b =
        app.add_option("--line-b", raw.line_b,
                       "send the first --group's packets here, too; a second --line-b is for the "
                       "second group, and so on")
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name("ADDRESS:PORT");
    app.add_option("--skew", raw.skew,
                   "how much later a packet comes on line B: none, recorded (drawn from a real "
                   "feed's quantiles), recordedxFACTOR, or microseconds (may be negative)")
        ->type_name("SKEW")
        ->capture_default_str()
        ->needs(line_b);
    CLI::Option* const impair =
        app.add_option("--impair", raw.impairments,
                       "impair packets on purpose: [a|b[/FEED]:]LIST of drop=1%, "
                       "burst=0.1%x20, duplicate=1%, reorder=1%x50, delay=1%x500us, corrupt=1%, "
                       "truncate=1%; repeatable")
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name("WHAT");
    app.add_option("--impair-seed", raw.impair_seed, "selects which packets; default: --seed")
        ->type_name("N")
        ->needs(impair);
}

void add_recovery_options(CLI::App& app, Options& options, Raw& raw) {
    app.add_option("--rerequest", raw.rerequest,
                   "answer MoldUDP64 requests here, from the last messages of the feeds")
        ->type_name("ADDRESS:PORT");
    app.add_option("--snapshot", raw.snapshot,
                   "serve snapshots here: GLIMPSE over SoupBinTCP, the session in the login")
        ->type_name("ADDRESS:PORT");
    app.add_option("--store", options.store_messages,
                   "messages of each feed that the servers keep (rounded up to a power of two)")
        ->check(CLI::Range(std::uint64_t{1}, MessageStore::kMessagesMax))
        ->type_name("MESSAGES")
        ->capture_default_str();
    app.add_option("--rerequest-rate", options.rerequest_rate_pps,
                   "packets per second that --rerequest answers, at most")
        ->check(CLI::Range(1.0, 1e6))
        ->type_name("PPS")
        ->capture_default_str();
    app.add_option("--rerequest-quota", options.rerequest_quota,
                   "messages that --rerequest gives each client address in the whole run; after "
                   "that it is silent; default: any number")
        ->check(CLI::Range(std::uint64_t{1}, kPacketsMax))
        ->type_name("MESSAGES");
    app.add_option("--snapshot-user", options.snapshot_user,
                   "user name that a login at --snapshot must have; default: any")
        ->type_name("NAME");
    app.add_option("--snapshot-password-file", raw.snapshot_password_file,
                   "file whose first line is the password of such a login; default: any password")
        ->type_name("FILE");
    app.add_option("--linger", raw.linger_s,
                   "go on with ends of session and servers for this long; default: 1 with a server")
        ->check(CLI::Range(0.0, 3'600.0))
        ->type_name("SECONDS");
}

void add_message_options(CLI::App& app, Options& options) {
    CLI::Option* const symbols =
        app.add_option("--symbols", options.symbols, "symbols of the synthetic market")
            ->check(CLI::Range(1U, 65'535U))
            ->type_name("N")
            ->capture_default_str();
    app.add_option("--seed", options.seed, "seed of the market and of random spacing")
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--file", options.file, "replay a length-prefixed ITCH file instead")
        ->type_name("FILE")
        ->excludes(symbols);
    app.add_option("--sequence", options.sequence, "number of each feed's first message")
        ->check(CLI::Range(std::uint64_t{1}, kSequenceMax))
        ->type_name("N")
        ->capture_default_str();
    app.add_flag("--stamp", options.stamp, "ITCH timestamps become intended send times (UTC)");
    CLI::Option* const itch =
        app.add_option("--write-itch", options.write_itch,
                       "write the messages to a length-prefixed file instead of sending")
            ->type_name("FILE");
    app.add_option("--write-pcap", options.write_pcap, "write the frames to a capture instead")
        ->type_name("FILE")
        ->excludes(itch);
    app.add_option("--vlan", options.vlan,
                   "802.1Q tag of the frames (--write-pcap, --transmit packet)")
        ->check(CLI::Range(1, 4'094))
        ->type_name("ID");
}

void add_run_options(CLI::App& app, Options& options) {
    app.add_option("--cpu", options.cpu, "run the send loop on this CPU")->type_name("N");
    CLI::Option* const trace =
        app.add_option("--trace", options.trace, "write one record per data packet (use a tmpfs)")
            ->type_name("FILE");
    app.add_option("--trace-records", options.trace_records,
                   "room in the trace; default: all packets, or 1,000,000 without a bound")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32))
        ->type_name("N")
        ->needs(trace);
    app.add_option("--stalls", options.stalls_us,
                   "record in the summary each turn of the send loop that took longer")
        ->check(CLI::Range(1.0, 1e6))
        ->type_name("MICROSECONDS");
    app.add_option("--json", options.json, "write the summary as JSON; - is standard output")
        ->type_name("FILE");
    app.add_flag_callback(
        "--no-digest", [&options] { options.digest = false; },
        "leave the digest of the books out of the summary: after many millions of messages it "
        "takes long, because all are made again");
}

// Added after all others, as it excludes those that a recording itself determines.
void add_replay_options(CLI::App& app, Options& options, Raw& raw) {
    CLI::Option* const read_pcap =
        app.add_option("--read-pcap", options.read_pcap,
                       "send a capture's feeds again (pcap or pcapng): those of --group, or all")
            ->type_name("FILE");
    for (const char* other :
         {"--file", "--symbols", "--messages", "--messages-per-packet", "--sequence", "--stamp",
          "--duration", "--rerequest", "--snapshot", "--session"}) {
        read_pcap->excludes(app.get_option(other));
    }
    app.add_option("--pace", raw.pace,
                   "spacing of a capture's packets: recorded, a factor (2: twice as fast), or rate "
                   "(as --rate and --profile say)")
        ->type_name("PACE")
        ->capture_default_str()
        ->needs(read_pcap);
    app.add_option("--send-to", raw.send_to,
                   "send a feed of the capture to a group other than its own: RECORDED=GROUP, "
                   "each ADDRESS:PORT; repeatable")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("RECORDED=GROUP")
        ->needs(read_pcap);
    app.add_option("--read-vlan", options.read_vlan,
                   "send only this VLAN's frames of the capture; 0: untagged ones")
        ->check(CLI::Range(0, 4'094))
        ->type_name("ID")
        ->needs(read_pcap);
    app.add_option_function<std::string>(
           "--time", [&options](const std::string& whose) { options.tap_time = whose == "tap"; },
           "whose time stamps to go by: the recorder's, or those of a tap that the frames carry")
        ->check(CLI::IsMember({"recorder", "tap"}))
        ->type_name("recorder|tap")
        ->default_str("recorder")
        ->needs(read_pcap);
}

double parse_pace(const std::string& text) {
    if (text == "recorded") return 1;
    if (text == "rate") return 0;
    double factor = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, factor);
    if (error != std::errc{} || rest != end || !(factor >= 1e-3 && factor <= 1e3)) {
        throw program::UsageError(
            fmt::format("--pace {}: use recorded, rate, or a factor from 0.001 to 1000", text));
    }
    return factor;
}

// `taken`: groups that must not be given again.
std::vector<wire::Ipv4Endpoint> parse_groups(const char* option,
                                             const std::vector<std::string>& texts,
                                             const std::vector<wire::Ipv4Endpoint>& taken = {}) {
    std::vector<wire::Ipv4Endpoint> groups;
    for (const std::string& text : texts) {
        wire::Ipv4Endpoint group;
        try {
            group = wire::parse_multicast_endpoint(text);
        } catch (const std::invalid_argument& error) {
            throw program::UsageError(fmt::format("{}: {}", option, error.what()));
        }
        if (std::find(groups.begin(), groups.end(), group) != groups.end() ||
            std::find(taken.begin(), taken.end(), group) != taken.end()) {
            throw program::UsageError(fmt::format("{} {}: given twice", option, text));
        }
        groups.push_back(group);
    }
    return groups;
}

std::vector<SendTo> parse_send_to(const std::vector<std::string>& texts) {
    std::vector<SendTo> list;
    for (const std::string& text : texts) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos) {
            throw program::UsageError(fmt::format(
                "--send-to {}: write RECORDED=GROUP, such as 233.54.12.111:26477=239.1.1.1:30001",
                text));
        }
        try {
            list.push_back({wire::parse_ipv4_endpoint(text.substr(0, equals)),
                            wire::parse_multicast_endpoint(text.substr(equals + 1))});
        } catch (const std::invalid_argument& error) {
            throw program::UsageError(fmt::format("--send-to {}: {}", text, error.what()));
        }
        const auto is_same = [&](const SendTo& one) {
            return one.recorded == list.back().recorded;
        };
        if (std::find_if(list.begin(), list.end() - 1, is_same) != list.end() - 1)
            throw program::UsageError(fmt::format("--send-to {}: given twice", text));
    }
    return list;
}

// A capture's feeds may have gone anywhere, but are sent to multicast groups.
std::vector<wire::Ipv4Endpoint> parse_recorded_groups(const std::vector<std::string>& texts,
                                                      const Options& options) {
    std::vector<wire::Ipv4Endpoint> groups;
    for (const std::string& text : texts) {
        wire::Ipv4Endpoint group;
        try {
            group = wire::parse_ipv4_endpoint(text);
        } catch (const std::invalid_argument& error) {
            throw program::UsageError(fmt::format("--group: {}", error.what()));
        }
        const bool is_renamed =
            std::ranges::find(options.send_to, group, &SendTo::recorded) != options.send_to.end();
        if (!wire::is_multicast(group) && !is_renamed && options.write_itch.empty()) {
            throw program::UsageError(
                fmt::format("--group {0} is not a multicast group: say where "
                            "to send it, --send-to {0}=239.1.1.1:30001",
                            text));
        }
        if (std::find(groups.begin(), groups.end(), group) != groups.end())
            throw program::UsageError(fmt::format("--group {}: given twice", text));
        groups.push_back(group);
    }
    for (const SendTo& one : options.send_to) {
        if (groups.empty() || std::ranges::find(groups, one.recorded) != groups.end()) continue;
        throw program::UsageError(
            fmt::format("--send-to {}={}: {} is none of --group", wire::to_string(one.recorded),
                        wire::to_string(one.group), wire::to_string(one.recorded)));
    }
    return groups;
}

// The lines that `text`, the part of an impairment before the colon, means: a, b, a/2, …
std::vector<std::size_t> parse_target(const std::string& text, std::size_t feeds, bool has_line_b) {
    const std::string expected = fmt::format(
        "--impair {}: expected a or b, and for one feed its number, such as a/{}", text, feeds - 1);
    if (text.empty() || (text[0] != 'a' && text[0] != 'b')) throw program::UsageError(expected);
    if (text[0] == 'b' && !has_line_b) {
        throw program::UsageError(
            fmt::format("--impair {}: there is no line B; see --line-b", text));
    }
    const std::size_t line = text[0] == 'b' ? 1 : 0;
    std::vector<std::size_t> target;
    if (text.size() == 1) {
        for (std::size_t feed = 0; feed < feeds; ++feed)
            target.push_back(2 * feed + line);
        return target;
    }
    std::size_t feed = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] =
        std::from_chars(text.data() + std::min<std::size_t>(2, text.size()), end, feed);
    if (text[1] != '/' || error != std::errc{} || rest != end || feed >= feeds) {
        throw program::UsageError(expected);
    }
    target.push_back(2 * feed + line);
    return target;
}

std::vector<ImpairmentOptions> parse_impairments(const std::vector<std::string>& texts,
                                                 std::size_t feeds, bool has_line_b) {
    std::vector<ImpairmentOptions> result;
    if (texts.empty()) return result;
    result.resize(2 * feeds);
    for (const std::string& text : texts) {
        const std::size_t colon = text.find(':');
        std::vector<std::size_t> target;
        if (colon != std::string::npos) {
            target = parse_target(text.substr(0, colon), feeds, has_line_b);
        } else {
            for (std::size_t i = 0; i < 2 * feeds; i += has_line_b ? 1 : 2)
                target.push_back(i);
        }
        const std::string list = colon == std::string::npos ? text : text.substr(colon + 1);
        try {
            for (std::size_t i : target)
                result[i] = feedsim::parse_impairments(list, result[i]);
        } catch (const std::invalid_argument& error) {
            throw program::UsageError(fmt::format("--impair: {}", error.what()));
        }
    }
    return result;
}

std::optional<wire::Ipv4Endpoint> parse_server(const char* option, const std::string& text) {
    if (text.empty()) return std::nullopt;
    try {
        const wire::Ipv4Endpoint address = wire::parse_ipv4_endpoint(text);
        if (!wire::is_multicast(address)) return address;
    } catch (const std::invalid_argument& error) {
        throw program::UsageError(fmt::format("{}: {}", option, error.what()));
    }
    throw program::UsageError(
        fmt::format("{} {}: a multicast group; use an address of this machine", option, text));
}

Profile parse_profile(const std::string& name) {
    if (name == "constant") return Profile::constant;
    if (name == "poisson") return Profile::poisson;
    if (name == "microburst") return Profile::microburst;
    if (name == "market-open") return Profile::market_open;
    throw program::UsageError(
        fmt::format("--profile {}: use constant, poisson, microburst or market-open", name));
}

void set_profile(const Raw& raw, Options& options) {
    options.profile = parse_profile(raw.profile);
    const bool is_open = options.profile == Profile::market_open;
    options.rate_pps = raw.rate_pps.value_or(is_open ? kMarketOpenPps : options.rate_pps);
    if (is_open && raw.messages_per_packet) {
        throw program::UsageError(
            "--messages-per-packet: --profile market-open draws how many each packet holds");
    }
    // If they are drawn, this is the maximum.
    options.messages_per_packet =
        raw.messages_per_packet.value_or(is_open ? kMarketOpenMessagesMax : 1);
}

// Everybody could see a password on the command line (`ps`).
std::string first_line_of(const std::string& path) {
    errno = 0;
    std::ifstream file{path};
    std::string line;
    if (!std::getline(file, line) && !file.eof()) {
        throw program::RunError(errno, "read --snapshot-password-file " + path);
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

void set_login(const Raw& raw, Options& options) {
    const bool has_login = !options.snapshot_user.empty() || !raw.snapshot_password_file.empty();
    if (has_login && !options.snapshot) {
        throw program::UsageError(
            "--snapshot-user and --snapshot-password-file are about logins at --snapshot, which is "
            "missing");
    }
    if (options.snapshot_user.size() > sizeof(wire::soup::LoginRequest::user)) {
        throw program::UsageError(fmt::format("--snapshot-user {}: longer than {} characters",
                                              options.snapshot_user,
                                              sizeof(wire::soup::LoginRequest::user)));
    }
    if (raw.snapshot_password_file.empty()) return;
    options.snapshot_password = first_line_of(raw.snapshot_password_file);
    if (options.snapshot_password->empty() ||
        options.snapshot_password->size() > sizeof(wire::soup::LoginRequest::password)) {
        throw program::UsageError(
            fmt::format("--snapshot-password-file {}: its first line has {} characters; a password "
                        "has 1 to {}",
                        raw.snapshot_password_file, options.snapshot_password->size(),
                        sizeof(wire::soup::LoginRequest::password)));
    }
}

void set_recovery(const Raw& raw, Options& options) {
    options.rerequest = parse_server("--rerequest", raw.rerequest);
    options.snapshot = parse_server("--snapshot", raw.snapshot);
    set_login(raw, options);
    options.linger_s = raw.linger_s.value_or(options.has_servers() ? 1.0 : 0.0);
    if (options.has_servers() && options.writes_file()) {
        throw program::UsageError(
            "--rerequest and --snapshot serve what is sent: they do not go with --write-…");
    }
}

void set_lines(const Raw& raw, Options& options) {
    const bool asks_for_lines = !raw.line_b.empty() || !raw.impairments.empty();
    if (asks_for_lines && options.groups.empty() && !options.read_pcap.empty()) {
        throw program::UsageError(
            "--line-b and --impair need to know the feeds: name those of the capture with --group");
    }
    options.line_b = parse_groups("--line-b", raw.line_b, options.groups);
    if (!options.line_b.empty() && options.line_b.size() != options.groups.size()) {
        throw program::UsageError(
            fmt::format("--line-b is given {} times, --group {}: give one for each, or none",
                        options.line_b.size(), options.groups.size()));
    }
    try {
        options.skew = parse_skew(raw.skew);
    } catch (const std::invalid_argument& error) {
        throw program::UsageError(fmt::format("--skew: {}", error.what()));
    }
    options.impairments =
        parse_impairments(raw.impairments, options.groups.size(), !options.line_b.empty());
    options.impair_seed = raw.impair_seed.value_or(options.seed);
}

// A session may have any printable characters, as exchanges use them; fewer than ten are padded.
void check_sessions(const Options& options) {
    const std::vector<std::string>& sessions = options.sessions;
    const auto as_sent = [](const std::string& name) { return wire::mold::Session{name}; };
    for (auto name = sessions.begin(); name != sessions.end(); ++name) {
        const bool is_printable =
            std::all_of(name->begin(), name->end(), [](char c) { return c >= ' ' && c <= '~'; });
        const bool is_blank = name->find_first_not_of(' ') == std::string::npos;
        if (name->size() > sizeof(wire::mold::Session) || !is_printable || is_blank) {
            throw program::UsageError(fmt::format(
                "--session {}: a MoldUDP64 session has at most {} printable characters, "
                "such as RXLAB00001",
                *name, sizeof(wire::mold::Session)));
        }
        if (std::find_if(sessions.begin(), name, [&](const std::string& earlier) {
                return as_sent(earlier) == as_sent(*name);
            }) != name) {
            throw program::UsageError(fmt::format("--session {}: given twice", *name));
        }
    }
    if (!sessions.empty() && sessions.size() != options.groups.size()) {
        throw program::UsageError(
            fmt::format("--session is given {} times, --group {}: give one for each, or none",
                        sessions.size(), options.groups.size()));
    }
}

void check_sending(const Options& options) {
    if (options.groups.empty() && options.read_pcap.empty()) {
        throw program::UsageError(
            "--group is missing: the multicast group to send to, such as 239.1.1.1:30001");
    }
    if (options.interface.empty()) {
        throw program::UsageError("--interface is missing: where to send from; see `ip link`");
    }
    if (options.vlan != 0 && !options.packet_socket) {
        throw program::UsageError("--vlan needs whole frames: --transmit packet or --write-pcap");
    }
    if (options.loop && options.packet_socket) {
        throw program::UsageError("--loop needs UDP sockets: not with --transmit packet");
    }
}

void check_writing(const Options& options) {
    if (!options.write_itch.empty() && options.groups.size() > 1) {
        throw program::UsageError("--write-itch writes one feed: give --group once, or not at all");
    }
    if (!options.write_itch.empty() && options.has_lines()) {
        throw program::UsageError(
            "--line-b and --impair need packets: not with --write-itch; see --write-pcap");
    }
    if (!options.write_itch.empty() && !options.sessions.empty()) {
        throw program::UsageError("--session needs packets: not with --write-itch");
    }
    if (!options.write_itch.empty() && options.vlan != 0) {
        throw program::UsageError("--vlan needs whole frames: --transmit packet or --write-pcap");
    }
    if (!options.trace.empty())
        throw program::UsageError("--trace records sending: not with --write-…");
    if (options.packets_bound() == kUnbounded && options.file.empty() &&
        options.read_pcap.empty()) {
        throw program::UsageError(
            "the market never ends: give --messages, --packets or --duration");
    }
}

void check(Options& options) {
    if (options.messages_per_packet < 1 || options.messages_per_packet > kMessagesPerPacketMax) {
        throw program::UsageError(fmt::format("--messages-per-packet {}: 1 to {} fit into {} bytes",
                                              options.messages_per_packet, kMessagesPerPacketMax,
                                              wire::mold::kPayloadBytesMax));
    }
    if (!options.file.empty() && options.groups.size() > 1) {
        throw program::UsageError("--file has one feed: give --group once");
    }
    check_sessions(options);
    if (!options.writes_file()) return check_sending(options);
    check_writing(options);
}

}  // namespace

std::uint64_t Options::packets_bound() const noexcept {
    return std::min(packets_max, messages_max);
}

std::uint64_t Options::messages_bound() const noexcept {
    if (packets_max == kUnbounded) return messages_max;
    return std::min(messages_max, packets_max * messages_per_packet);
}

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    Raw raw;
    CLI::App app{"Sends market data feeds: ITCH 5.0 over MoldUDP64 multicast.", "feedsim"};
    app.set_version_flag("--version",
                         std::string{version::kVersion} + " (" + version::kCommit + ")");
    add_feed_options(app, options, raw);
    add_line_options(app, raw);
    add_recovery_options(app, options, raw);
    add_message_options(app, options);
    add_run_options(app, options);
    add_replay_options(app, options, raw);
    program::refuse_odd_numbers(app);
    try {
        app.parse(argc, const_cast<char**>(argv));
    } catch (const CLI::Success& asked) {  // --help, --version
        app.exit(asked);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        std::string text = error.what();
        std::replace(text.begin(), text.end(), '\n', ' ');
        throw program::UsageError(text + "; see feedsim --help");
    }
    options.send_to = parse_send_to(raw.send_to);
    options.groups = options.read_pcap.empty() ? parse_groups("--group", raw.groups)
                                               : parse_recorded_groups(raw.groups, options);
    if (options.groups.empty() && options.writes_file() && options.read_pcap.empty())
        options.groups.push_back(kGroupOfFiles);
    set_lines(raw, options);
    set_recovery(raw, options);
    set_profile(raw, options);
    options.pace = parse_pace(raw.pace);
    if (raw.duration_s) {
        const double packets = std::clamp(std::round(*raw.duration_s * options.rate_pps), 1.0,
                                          static_cast<double>(kPacketsMax));
        options.packets_max = static_cast<std::uint64_t>(packets);
    }
    check(options);
    return options;
}

}  // namespace rxlab::feedsim
