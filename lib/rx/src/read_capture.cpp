// SPDX-License-Identifier: MIT
#include <rxlab/capture/contents.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/read_capture.hpp>
#include <rxlab/rx/receive.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace rxlab::rx {
namespace {

using Json = nlohmann::ordered_json;
using capture::Contents;
using capture::Destination;

std::string session_of(const Destination& destination) {
    return destination.is_feed() ? session_text(destination.session) : std::string{};
}

Json to_json(const Destination& destination) {
    Json json = {{"group", wire::to_string(destination.endpoint)},
                 {"vlan", destination.vlan},
                 {"multicast", wire::is_multicast(destination.endpoint)},
                 {"datagrams", destination.datagrams},
                 {"bytes", destination.bytes},
                 {"moldudp64", destination.moldudp64},
                 {"cut_short", destination.cut_short},
                 {"left_over", destination.left_over},
                 {"foreign", destination.foreign()},
                 {"cut", destination.cut}};
    if (destination.is_feed()) {
        json["session"] = session_of(destination);
        json["sessions"] = destination.sessions;
        json["messages"] = destination.messages;
        json["first_sequence"] = destination.first_sequence;
        json["next_sequence"] = destination.next_sequence;
    }
    return json;
}

Json to_json(const capture::Reader& reader, const Contents& contents) {
    Json json = {{"schema", "rxlab.capture/2"}, {"file", reader.name()}};
    for (const capture::Counter& counter : capture::counters_of(reader, contents.tally))
        json[counter.name] = counter.value;
    json["first"] = nullptr;
    json["last"] = nullptr;
    if (reader.frames() != 0) {
        json["first"] = capture::utc_text(contents.first_ns);
        json["last"] = capture::utc_text(contents.last_ns);
    }
    json["destinations"] = Json::array();
    for (const Destination& destination : contents.destinations)
        json["destinations"].push_back(to_json(destination));
    json["remarks"] = capture::remarks(reader, contents.tally);
    return json;
}

void add_to_list(std::string& list, const std::string& text) {
    list += (list.empty() ? "" : ", ") + text;
}

// What is not as it should be at a destination: "1 foreign, 2 cut short".
std::string oddities(const Destination& destination) {
    std::string list;
    const auto add = [&](std::uint64_t count, const char* what) {
        if (count != 0) add_to_list(list, fmt::format("{} {}", count, what));
    };
    if (destination.is_feed()) add(destination.foreign(), "not MoldUDP64");
    add(destination.cut_short, "with a message cut short");
    add(destination.left_over, "with bytes left over");
    add(destination.cut, "cut by the snap length");
    return list;
}

std::string row(const Destination& destination) {
    std::string text = fmt::format("{:<22} {:>5} {:>10}  ", wire::to_string(destination.endpoint),
                                   destination.vlan, destination.datagrams);
    if (destination.is_feed()) {
        text += fmt::format("{:<10} {:>10} {:>14} {:>14}", session_of(destination),
                            destination.messages, destination.first_sequence,
                            destination.next_sequence);
    } else if (destination.datagrams != 0) {
        text += "not MoldUDP64";
        if (destination.moldudp64 != 0) text += fmt::format(" (but for {})", destination.moldudp64);
    }
    const std::string odd = oddities(destination);
    if (!odd.empty()) text += (text.back() == ' ' ? "" : "  ") + odd;
    return text + '\n';
}

// Why frames hold no UDP datagram: "truncated 6, link type IEEE802_11 1"; empty where all do.
std::string reasons(const capture::Reader& reader, const Contents& contents) {
    std::string list;
    contents.tally.frames.for_each([&](wire::FrameStatus status, std::uint64_t count) {
        if (status != wire::FrameStatus::ok && count != 0)
            add_to_list(list, fmt::format("{} {}", wire::to_string(status), count));
    });
    for (const capture::RefusedFrames& of : reader.refused())
        add_to_list(list, fmt::format("link type {} {}", of.name, of.frames));
    return list;
}

// The groups of feeds, ready to be pasted; of one VLAN where it matters which.
std::string group_options(const Contents& contents, std::optional<std::uint16_t> vlan) {
    std::string text;
    for (const Destination& destination : contents.destinations) {
        if (!destination.is_feed() || (vlan && destination.vlan != *vlan)) continue;
        text += " --group " + wire::to_string(destination.endpoint);
    }
    return text;
}

bool is_in_several_vlans(const Contents& contents) {
    std::set<std::pair<std::uint32_t, std::uint16_t>> seen;
    for (const Destination& destination : contents.destinations) {
        const wire::Ipv4Endpoint& endpoint = destination.endpoint;
        if (destination.is_feed() && !seen.insert({endpoint.address, endpoint.port}).second)
            return true;
    }
    return false;
}

std::string how_to_receive(const Contents& contents) {
    if (!is_in_several_vlans(contents)) {
        const std::string options = group_options(contents, std::nullopt);
        return options.empty() ? options : "receive them with:" + options + "\n";
    }
    std::set<std::uint16_t> vlans;
    for (const Destination& destination : contents.destinations) {
        if (destination.is_feed()) vlans.insert(destination.vlan);
    }
    std::string text;
    for (const std::uint16_t vlan : vlans) {
        text += fmt::format("receive those of VLAN {} with: --vlan {}{}\n", vlan, vlan,
                            group_options(contents, vlan));
    }
    return text;
}

std::string listing(const capture::Reader& reader, const Contents& contents, const Json& json) {
    std::string text = fmt::format("{}: {} frames", reader.name(), json["frames"].dump());
    if (!json["first"].is_null()) {
        text += fmt::format(", {} to {}", json["first"].get<std::string>(),
                            json["last"].get<std::string>());
    }
    text += '\n';
    text += fmt::format("{:<22} {:>5} {:>10}  {:<10} {:>10} {:>14} {:>14}\n", "group", "vlan",
                        "datagrams", "session", "messages", "first", "next");
    for (const Destination& destination : contents.destinations)
        text += row(destination);
    const std::string why = reasons(reader, contents);
    if (!why.empty()) {
        std::uint64_t refused = contents.tally.frames.refused();
        for (const capture::RefusedFrames& of : reader.refused())
            refused += of.frames;
        text += fmt::format("frames that hold no UDP datagram: {}: {}\n", refused, why);
    }
    for (const std::string& remark : capture::remarks(reader, contents.tally))
        text += remark + '\n';
    return text + how_to_receive(contents);
}

int list_contents(const Options& options) {
    capture::Reader reader{options.read_pcap};
    const Contents contents = capture::contents_of(reader);
    const Json json = to_json(reader, contents);
    publish(listing(reader, contents, json), json, options);
    if (!reader.failure().empty()) throw program::RunError(reader.failure());
    return 0;
}

}  // namespace

void add_time_option(CLI::App& app, CaptureOptions& capture) {
    app.add_option_function<std::string>(
           "--time", [&capture](const std::string& whose) { capture.tap_time = whose == "tap"; },
           "whose stamps are a capture's time: the recorder's, or a tap's that frames carry")
        ->check(CLI::IsMember({"recorder", "tap"}))
        ->type_name("recorder|tap")
        ->default_str("recorder")
        ->needs(app.get_option("--read-pcap"));
}

void add_vlan_option(CLI::App& app, CaptureOptions& capture) {
    app.add_option("--vlan", capture.vlan,
                   "of a capture, take only this VLAN's frames; 0: untagged ones")
        ->check(CLI::Range(0, 4'094))
        ->type_name("ID");
}

void refuse_vlan_without_capture(const Options& options, const CaptureOptions& capture) {
    if (!capture.vlan || !options.read_pcap.empty()) return;
    throw program::UsageError(fmt::format(
        "--vlan {0}: chooses among a capture's VLANs; to receive from one, name its interface, as "
        "in --interface {1}.{0} (ip link add link {1} name {1}.{0} type vlan id {0})",
        *capture.vlan, options.interface.empty() ? "eth0" : options.interface));
}

int read_capture(const std::string& program, const Options& options, const MakePolicy& make_policy,
                 const CaptureOptions& capture) {
    if (options.groups.empty()) return list_contents(options);
    return run_receiver(program, "capture", options, make_policy, [&] {
        return CaptureSource{options.read_pcap, lines_of(options), capture};
    });
}

}  // namespace rxlab::rx
