// SPDX-License-Identifier: MIT
#include "feedsim/options.hpp"

#include "feedsim/servers/message_store.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <utility>

namespace rxlab::feedsim {

namespace {

using program::add_list;
using program::add_value;
using program::parsed;

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
    std::string orders;
    std::optional<double> duration_s;
    std::optional<double> rate_pps;
    std::optional<std::uint32_t> messages_per_packet;
    std::string pace = "recorded";
    std::vector<std::string> send_to;
};

template <typename... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    throw program::UsageError(fmt::format(text, std::forward<Arguments>(arguments)...));
}

void refuse_if(bool condition, const char* text) {
    if (condition) throw program::UsageError(text);
}

template <typename T>
bool contains(const std::vector<T>& list, const T& value) {
    return std::ranges::find(list, value) != list.end();
}

// A number from range[0] to range[1].
template <typename T, typename Bound>
CLI::Option* add_number(CLI::App& app, const char* name, T& value, const Bound (&range)[2],
                        const char* unit, const char* help) {
    return add_value(app, name, value, unit, help, CLI::Range(range[0], range[1]));
}

// Of feedsim itself.
constexpr const char* kInterfaceHelp = "interface to send from";

void add_socket_options(CLI::App& app, Options& options) {
    app.add_flag("--loop", options.loop, "also deliver to receivers on this host");
    program::add_choice<bool>(
        app, "--transmit", options.packet_socket, {{"udp", false}, {"packet", true}},
        "through UDP sockets (udp), or past the sender's own stack (packet; needs CAP_NET_RAW)");
    add_value(app, "--device", options.device, "PATH",
              "write whole frames to a character device instead (/dev/rxring of kernel/ring)");
}

void add_feed_options(CLI::App& app, Options& options, Raw& raw, const std::string& interface) {
    add_list(app, "--group", raw.groups, std::identity{}, "ADDRESS:PORT",
             "multicast group of a feed; repeat for several feeds");
    add_list(app, "--session", options.sessions, std::identity{}, "NAME",
             "name of the first --group's MoldUDP64 session; a second --session names the "
             "second group's, and so on; default: RXLAB00001, RXLAB00002, ...");
    add_value(app, "--interface", options.interface, "NAME", interface);
    add_number(app, "--rate", raw.rate_pps, {kRateMinPps, kRateMaxPps}, "PPS",
               "packets per second of each feed; default: 10000, or that of a market open");
    program::add_choice<Profile>(app, "--profile", options.profile,
                                 {{"constant", Profile::constant},
                                  {"poisson", Profile::poisson},
                                  {"microburst", Profile::microburst},
                                  {"market-open", Profile::market_open}},
                                 "spacing of the packets; market-open also draws how many "
                                 "messages each has");
    add_number(app, "--burst", options.burst, {1U, 65'536U}, "N",
               "packets that are due at once (microburst)");
    CLI::Option* const packets =
        add_number(app, "--packets", options.packets_max, {std::uint64_t{1}, kPacketsMax}, "N",
                   "number of packets that each feed sends");
    add_number(app, "--duration", raw.duration_s, {1e-6, 1e7}, "SECONDS",
               "send for this long: rate x duration packets")
        ->excludes(packets);
    add_number(app, "--messages", options.messages_max, {std::uint64_t{1}, kPacketsMax}, "N",
               "number of messages that each feed sends");
    add_value(app, "--messages-per-packet", raw.messages_per_packet, "N",
              "messages in each packet, as far as they fit into 1,472 bytes; default: 1");
    add_number(app, "--heartbeat", options.heartbeat_s, {0.0, 1e6}, "SECONDS",
               "silence after which a feed sends a heartbeat; 0: never");
    add_number(app, "--ttl", options.ttl, {0, 255}, "N", "hops that packets may travel")
        ->default_str("1");
}

void add_line_options(CLI::App& app, Raw& raw) {
    CLI::Option* const line_b =
        add_list(app, "--line-b", raw.line_b, std::identity{}, "ADDRESS:PORT",
                 "send the first --group's packets here, too; a second --line-b is for the "
                 "second group, and so on");
    add_value(app, "--skew", raw.skew, "SKEW",
              "how much later a packet comes on line B: none, recorded (drawn from a real "
              "feed's quantiles), recordedxFACTOR, or microseconds (may be negative)")
        ->needs(line_b);
    CLI::Option* const impair =
        add_list(app, "--impair", raw.impairments, std::identity{}, "WHAT",
                 "impair packets on purpose: [a|b[/FEED]:]LIST of drop=1%, "
                 "burst=0.1%x20, duplicate=1%, reorder=1%x50, delay=1%x500us, corrupt=1%, "
                 "truncate=1%; repeatable");
    add_value(app, "--impair-seed", raw.impair_seed, "N", "selects which packets; default: --seed")
        ->needs(impair);
}

void add_recovery_options(CLI::App& app, Options& options, Raw& raw) {
    add_value(app, "--rerequest", raw.rerequest, "ADDRESS:PORT",
              "answer MoldUDP64 requests here, from the last messages of the feeds");
    add_value(app, "--snapshot", raw.snapshot, "ADDRESS:PORT",
              "serve snapshots here: GLIMPSE over SoupBinTCP, the session in the login");
    add_number(app, "--store", options.store_messages,
               {std::uint64_t{1}, MessageStore::kMessagesMax}, "MESSAGES",
               "messages of each feed that the servers keep (rounded up to a power of two)");
    add_number(app, "--rerequest-rate", options.rerequest_rate_pps, {1.0, 1e6}, "PPS",
               "packets per second that --rerequest answers, at most");
    add_number(app, "--rerequest-quota", options.rerequest_quota, {std::uint64_t{1}, kPacketsMax},
               "MESSAGES",
               "messages that --rerequest gives each client address in the whole run; after "
               "that it is silent; default: any number");
    add_value(app, "--snapshot-user", options.snapshot_user, "NAME",
              "user name that a login at --snapshot must have; default: any",
              program::at_most(sizeof(wire::soup::LoginRequest::user)));
    add_value(app, "--snapshot-password-file", raw.snapshot_password_file, "FILE",
              "file whose first line is the password of such a login; default: any password");
    add_number(app, "--linger", raw.linger_s, {0.0, 3'600.0}, "SECONDS",
               "go on with ends of session and servers for this long; default: 1 with a server, "
               "0.5 with --orders");
}

void add_order_options(CLI::App& app, Options& options, Raw& raw) {
    CLI::Option* const orders =
        add_value(app, "--orders", raw.orders, "ADDRESS:PORT",
                  "take orders here (OUCH 5.0, one in a datagram) that answer the packets, check "
                  "and time them");
    add_list(app, "--orders-when", options.orders_when, order::parse_trigger, "TRIGGER",
             "the triggers that the receiver was given as --respond-when: these orders must come")
        ->needs(orders);
    add_number(app, "--orders-max", options.orders_max, {std::uint64_t{1}, kPacketsMax}, "N",
               "the receiver's --orders-max")
        ->needs(orders);
    add_value(app, "--orders-trace", options.orders_trace, "FILE",
              "write one record per order (use a tmpfs)")
        ->needs(orders);
}

void add_message_options(CLI::App& app, Options& options) {
    CLI::Option* const symbols = add_number(app, "--symbols", options.symbols, {1U, 65'535U}, "N",
                                            "symbols of the synthetic market");
    add_value(app, "--seed", options.seed, "N", "seed of the market and of random spacing");
    add_value(app, "--file", options.file, "FILE", "replay a length-prefixed ITCH file instead")
        ->excludes(symbols);
    add_number(app, "--sequence", options.sequence, {std::uint64_t{1}, kSequenceMax}, "N",
               "number of each feed's first message");
    app.add_flag("--stamp", options.stamp, "ITCH timestamps become intended send times (UTC)");
    CLI::Option* const itch =
        add_value(app, "--write-itch", options.write_itch, "FILE",
                  "write the messages to a length-prefixed file instead of sending");
    add_value(app, "--write-pcap", options.write_pcap, "FILE",
              "write the frames to a capture instead")
        ->excludes(itch);
    add_number(app, "--vlan", options.vlan, {1, 4'094}, "ID",
               "802.1Q tag of the frames (--write-pcap, --transmit packet)");
}

void add_run_options(CLI::App& app, Options& options) {
    add_value(app, "--cpu", options.cpu, "N", "run the send loop on this CPU");
    CLI::Option* const trace = add_value(app, "--trace", options.trace, "FILE",
                                         "write one record per data packet (use a tmpfs)");
    add_number(app, "--trace-records", options.trace_records,
               {std::uint64_t{1}, std::uint64_t{1} << 32}, "N",
               "room in the trace; default: all packets, or 1,000,000 without a bound")
        ->needs(trace);
    add_number(app, "--stalls", options.stalls_us, {1.0, 1e6}, "MICROSECONDS",
               "record in the summary each turn of the send loop that took longer");
    add_value(app, "--json", options.json, "FILE",
              "write the summary as JSON; - is standard output");
    app.add_flag_callback(
        "--no-digest", [&options] { options.digest = false; },
        "leave the digest of the books out of the summary: after many millions of messages it "
        "takes long, because all are made again");
}

// Added after all others, as it excludes those that a recording itself determines.
void add_replay_options(CLI::App& app, Options& options, Raw& raw) {
    CLI::Option* const read_pcap =
        add_value(app, "--read-pcap", options.read_pcap, "FILE",
                  "send a capture's feeds again (pcap or pcapng): those of --group, or all");
    for (const char* other :
         {"--file", "--symbols", "--messages", "--messages-per-packet", "--sequence", "--stamp",
          "--duration", "--rerequest", "--snapshot", "--session"}) {
        read_pcap->excludes(app.get_option(other));
    }
    add_value(app, "--pace", raw.pace, "PACE",
              "spacing of a capture's packets: recorded, a factor (2: twice as fast), or rate "
              "(as --rate and --profile say)")
        ->needs(read_pcap);
    add_list(app, "--send-to", raw.send_to, std::identity{}, "RECORDED=GROUP",
             "send a feed of the capture to a group other than its own: RECORDED=GROUP, "
             "each ADDRESS:PORT; repeatable")
        ->needs(read_pcap);
    add_number(app, "--read-vlan", options.read_vlan, {0, 4'094}, "ID",
               "send only this VLAN's frames of the capture; 0: untagged ones")
        ->needs(read_pcap);
    program::add_choice<bool>(
        app, "--time", options.tap_time, {{"recorder", false}, {"tap", true}},
        "whose time stamps to go by: the recorder's, or those of a tap that the frames carry")
        ->needs(read_pcap);
}

double parse_pace(const std::string& text) {
    if (text == "recorded") return 1;
    if (text == "rate") return 0;
    double factor = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, factor);
    if (error != std::errc{} || rest != end || !(factor >= 1e-3 && factor <= 1e3)) {
        refuse("--pace {}: use recorded, rate, or a factor from 0.001 to 1000", text);
    }
    return factor;
}

// `taken`: groups that must not be given again.
std::vector<wire::Ipv4Endpoint> parse_groups(const char* option,
                                             const std::vector<std::string>& texts,
                                             const std::vector<wire::Ipv4Endpoint>& taken = {}) {
    std::vector<wire::Ipv4Endpoint> groups;
    for (const std::string& text : texts) {
        const auto group = parsed(option, text, wire::parse_multicast_endpoint);
        if (contains(groups, group) || contains(taken, group))
            refuse("{} {}: given twice", option, text);
        groups.push_back(group);
    }
    return groups;
}

void require_one_for_each_group(const char* option, std::size_t count, const Options& options) {
    if (count != 0 && count != options.groups.size()) {
        refuse("{} is given {} times, --group {}: give one for each, or none", option, count,
               options.groups.size());
    }
}

SendTo parse_send_to(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
        refuse("--send-to {}: write RECORDED=GROUP, such as 233.54.12.111:26477=239.1.1.1:30001",
               text);
    }
    const std::string option = "--send-to " + text;
    return {parsed(option, text.substr(0, equals), wire::parse_ipv4_endpoint),
            parsed(option, text.substr(equals + 1), wire::parse_multicast_endpoint)};
}

std::vector<SendTo> parse_send_to(const std::vector<std::string>& texts) {
    std::vector<SendTo> list;
    for (const std::string& text : texts) {
        const SendTo one = parse_send_to(text);
        if (std::ranges::find(list, one.recorded, &SendTo::recorded) != list.end())
            refuse("--send-to {}: given twice", text);
        list.push_back(one);
    }
    return list;
}

// A capture's feeds may have gone anywhere, but are sent to multicast groups.
std::vector<wire::Ipv4Endpoint> parse_recorded_groups(const std::vector<std::string>& texts,
                                                      const Options& options) {
    std::vector<wire::Ipv4Endpoint> groups;
    for (const std::string& text : texts) {
        const auto group = parsed("--group", text, wire::parse_ipv4_endpoint);
        const bool is_renamed =
            std::ranges::find(options.send_to, group, &SendTo::recorded) != options.send_to.end();
        if (!wire::is_multicast(group) && !is_renamed && options.write_itch.empty()) {
            refuse(
                "--group {0} is not a multicast group: say where to send it, "
                "--send-to {0}=239.1.1.1:30001",
                text);
        }
        if (contains(groups, group)) refuse("--group {}: given twice", text);
        groups.push_back(group);
    }
    for (const SendTo& one : options.send_to) {
        if (groups.empty() || contains(groups, one.recorded)) continue;
        refuse("--send-to {0}={1}: {0} is none of --group", wire::to_string(one.recorded),
               wire::to_string(one.group));
    }
    return groups;
}

// The lines that `text`, the part of an impairment before the colon, means: a, b, a/2, …
std::vector<std::size_t> parse_target(const std::string& text, std::size_t feeds, bool has_line_b) {
    const bool is_b = text.starts_with('b');
    if (is_b && !has_line_b) refuse("--impair {}: there is no line B; see --line-b", text);
    std::size_t first = 0, last = feeds - 1;
    bool is_understood = is_b || text.starts_with('a');
    if (is_understood && text.size() > 1) {
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(std::min(text.data() + 2, end), end, first);
        is_understood = text[1] == '/' && error == std::errc{} && rest == end && first < feeds;
        last = first;
    }
    if (!is_understood) {
        refuse("--impair {}: expected a or b, and for one feed its number, such as a/{}", text,
               feeds - 1);
    }
    std::vector<std::size_t> target;
    for (std::size_t feed = first; feed <= last; ++feed)
        target.push_back(2 * feed + (is_b ? 1 : 0));
    return target;
}

std::vector<ImpairmentOptions> parse_impairments(const std::vector<std::string>& texts,
                                                 std::size_t feeds, bool has_line_b) {
    std::vector<ImpairmentOptions> result(texts.empty() ? 0 : 2 * feeds);
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
        for (std::size_t i : target) {
            result[i] = parsed("--impair", list, [&](const std::string& of) {
                return feedsim::parse_impairments(of, result[i]);
            });
        }
    }
    return result;
}

void set_profile(const Raw& raw, Options& options) {
    const bool is_open = options.profile == Profile::market_open;
    options.rate_pps = raw.rate_pps.value_or(is_open ? kMarketOpenPps : options.rate_pps);
    refuse_if(is_open && raw.messages_per_packet,
              "--messages-per-packet: --profile market-open draws how many each packet holds");
    // If they are drawn, this is the maximum.
    options.messages_per_packet =
        raw.messages_per_packet.value_or(is_open ? kMarketOpenMessagesMax : 1);
}

void set_login(const Raw& raw, Options& options) {
    const bool has_login = !options.snapshot_user.empty() || !raw.snapshot_password_file.empty();
    refuse_if(
        has_login && !options.snapshot,
        "--snapshot-user and --snapshot-password-file are about logins at --snapshot, which is "
        "missing");
    if (!raw.snapshot_password_file.empty()) {
        options.snapshot_password =
            program::read_password("--snapshot-password-file", raw.snapshot_password_file,
                                   sizeof(wire::soup::LoginRequest::password));
    }
}

void set_recovery(const Raw& raw, Options& options) {
    const auto server = [](const char* option, const std::string& text) {
        return text.empty() ? std::nullopt
                            : std::optional{parsed(option, text, wire::parse_server_endpoint)};
    };
    options.rerequest = server("--rerequest", raw.rerequest);
    options.snapshot = server("--snapshot", raw.snapshot);
    set_login(raw, options);
    // Orders to the last packets may still come.
    const double without_server_s = raw.orders.empty() ? 0.0 : 0.5;
    options.linger_s = raw.linger_s.value_or(options.has_servers() ? 1.0 : without_server_s);
    refuse_if(options.has_servers() && options.writes_file(),
              "--rerequest and --snapshot serve what is sent: they do not go with --write-…");
}

void set_orders(const Raw& raw, Options& options) {
    if (raw.orders.empty()) return;
    options.orders = parsed("--orders", raw.orders, wire::parse_server_endpoint);
    refuse_if(options.orders_when.empty(),
              "--orders needs to know which orders must come: give the receiver's --respond-when "
              "as --orders-when");
    refuse_if(options.writes_file() || !options.device.empty() || !options.read_pcap.empty(),
              "--orders takes answers to a feed that is made and sent here: not with --write-…, "
              "--device or --read-pcap");
    for (const order::Trigger& trigger : options.orders_when) {
        if (trigger.feed >= options.groups.size()) {
            refuse("--orders-when {}: there is no feed {}; the first --group is 0",
                   order::to_string(trigger), trigger.feed);
        }
    }
}

void set_lines(const Raw& raw, Options& options) {
    const bool asks_for_lines = !raw.line_b.empty() || !raw.impairments.empty();
    refuse_if(
        asks_for_lines && options.groups.empty() && !options.read_pcap.empty(),
        "--line-b and --impair need to know the feeds: name those of the capture with --group");
    options.line_b = parse_groups("--line-b", raw.line_b, options.groups);
    require_one_for_each_group("--line-b", options.line_b.size(), options);
    options.skew = parsed("--skew", raw.skew, parse_skew);
    options.impairments =
        parse_impairments(raw.impairments, options.groups.size(), !options.line_b.empty());
    options.impair_seed = raw.impair_seed.value_or(options.seed);
}

// A session may have any printable characters, as exchanges use them; fewer than ten are padded.
void check_sessions(const Options& options) {
    std::vector<wire::mold::Session> sent;
    for (const std::string& name : options.sessions) {
        const bool is_printable =
            std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
        const bool is_blank = name.find_first_not_of(' ') == std::string::npos;
        if (name.size() > sizeof(wire::mold::Session) || !is_printable || is_blank) {
            refuse(
                "--session {}: a MoldUDP64 session has at most {} printable characters, "
                "such as RXLAB00001",
                name, sizeof(wire::mold::Session));
        }
        const wire::mold::Session session{name};
        if (contains(sent, session)) refuse("--session {}: given twice", name);
        sent.push_back(session);
    }
    require_one_for_each_group("--session", sent.size(), options);
}

void check_sockets(const Options& options) {
    if (options.writes_file()) return;
    const bool has_device = !options.device.empty();
    refuse_if(has_device && (!options.interface.empty() || options.packet_socket || options.loop),
              "--device takes the frames: not with --interface, --transmit packet or --loop");
    refuse_if(options.interface.empty() && !has_device,
              "--interface is missing: where to send from; see `ip link`");
    refuse_if(options.vlan != 0 && !options.packet_socket && !has_device,
              "--vlan needs whole frames: --transmit packet, --device or --write-pcap");
    refuse_if(options.loop && options.packet_socket,
              "--loop needs UDP sockets: not with --transmit packet");
}

void check_sending(const Options& options) {
    refuse_if(options.groups.empty() && options.read_pcap.empty(),
              "--group is missing: the multicast group to send to, such as 239.1.1.1:30001");
}

void check_writing(const Options& options) {
    refuse_if(!options.write_itch.empty() && options.groups.size() > 1,
              "--write-itch writes one feed: give --group once, or not at all");
    refuse_if(!options.write_itch.empty() && options.has_lines(),
              "--line-b and --impair need packets: not with --write-itch; see --write-pcap");
    refuse_if(!options.write_itch.empty() && !options.sessions.empty(),
              "--session needs packets: not with --write-itch");
    refuse_if(!options.write_itch.empty() && options.vlan != 0,
              "--vlan needs whole frames: --transmit packet or --write-pcap");
    refuse_if(!options.trace.empty(), "--trace records sending: not with --write-…");
    refuse_if(
        options.packets_bound() == kUnbounded && options.file.empty() && options.read_pcap.empty(),
        "the market never ends: give --messages, --packets or --duration");
}

void check(Options& options) {
    if (options.messages_per_packet < 1 || options.messages_per_packet > kMessagesPerPacketMax) {
        refuse("--messages-per-packet {}: 1 to {} fit into {} bytes", options.messages_per_packet,
               kMessagesPerPacketMax, wire::mold::kPayloadBytesMax);
    }
    refuse_if(!options.file.empty() && options.groups.size() > 1,
              "--file has one feed: give --group once");
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

namespace {

// `other`: null for feedsim itself.
std::optional<Options> parse(const OtherProgram* other, int argc, const char* const* argv) {
    Options options;
    Raw raw;
    if (other != nullptr) options.program = other->name;
    CLI::App app{other != nullptr ? other->about
                                  : "Sends market data feeds: ITCH 5.0 over MoldUDP64 multicast.",
                 options.program};
    add_feed_options(app, options, raw, other != nullptr ? other->interface_help : kInterfaceHelp);
    if (other == nullptr) {
        add_socket_options(app, options);
    } else if (other->add_more) {
        other->add_more(app);
    }
    add_line_options(app, raw);
    add_recovery_options(app, options, raw);
    add_order_options(app, options, raw);
    add_message_options(app, options);
    add_run_options(app, options);
    add_replay_options(app, options, raw);
    const std::string before_options = other != nullptr ? other->before_options : "";
    if (!program::parse_command_line(app, argc, argv, before_options)) return std::nullopt;
    options.send_to = parse_send_to(raw.send_to);
    options.groups = options.read_pcap.empty() ? parse_groups("--group", raw.groups)
                                               : parse_recorded_groups(raw.groups, options);
    if (options.groups.empty() && options.writes_file() && options.read_pcap.empty())
        options.groups.push_back(kGroupOfFiles);
    set_lines(raw, options);
    set_recovery(raw, options);
    set_orders(raw, options);
    set_profile(raw, options);
    options.pace = parse_pace(raw.pace);
    if (raw.duration_s) {
        const double packets = std::clamp(std::round(*raw.duration_s * options.rate_pps), 1.0,
                                          static_cast<double>(kPacketsMax));
        options.packets_max = static_cast<std::uint64_t>(packets);
    }
    check(options);
    if (other == nullptr) check_sockets(options);
    return options;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    return parse(nullptr, argc, argv);
}

std::optional<Options> parse_options_of(const OtherProgram& program, int argc,
                                        const char* const* argv) {
    return parse(&program, argc, argv);
}

}  // namespace rxlab::feedsim
