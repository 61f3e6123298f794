// SPDX-License-Identifier: MIT
#include <rxlab/capture/contents.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <set>
#include <utility>

namespace rxlab::capture {
namespace {

using Json = nlohmann::ordered_json;

std::string session_of(const Destination& destination) {
    return destination.is_feed() ? wire::mold::printable(destination.session) : std::string{};
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
std::string reasons(const Reader& reader, const Contents& contents) {
    std::string list;
    contents.tally.frames.for_each([&](wire::FrameStatus status, std::uint64_t count) {
        if (status != wire::FrameStatus::ok && count != 0)
            add_to_list(list, fmt::format("{} {}", wire::to_string(status), count));
    });
    for (const RefusedFrames& of : reader.refused())
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

}  // namespace

Json to_json(const Reader& reader, const Contents& contents) {
    Json json = {{"schema", "rxlab.capture/2"}, {"file", reader.name()}};
    for (const Counter& counter : counters_of(reader, contents.tally))
        json[counter.name] = counter.value;
    json["first"] = nullptr;
    json["last"] = nullptr;
    if (reader.frames() != 0) {
        json["first"] = utc_text(contents.first_ns);
        json["last"] = utc_text(contents.last_ns);
    }
    json["destinations"] = Json::array();
    for (const Destination& destination : contents.destinations)
        json["destinations"].push_back(to_json(destination));
    json["remarks"] = remarks(reader, contents.tally);
    return json;
}

std::string to_text(const Reader& reader, const Contents& contents) {
    std::string text = fmt::format("{}: {} frames", reader.name(), reader.frames());
    if (reader.frames() != 0)
        text += fmt::format(", {} to {}", utc_text(contents.first_ns), utc_text(contents.last_ns));
    text += '\n';
    text += fmt::format("{:<22} {:>5} {:>10}  {:<10} {:>10} {:>14} {:>14}\n", "group", "vlan",
                        "datagrams", "session", "messages", "first", "next");
    for (const Destination& destination : contents.destinations)
        text += row(destination);
    const std::string why = reasons(reader, contents);
    if (!why.empty()) {
        std::uint64_t refused = contents.tally.frames.refused();
        for (const RefusedFrames& of : reader.refused())
            refused += of.frames;
        text += fmt::format("frames that hold no UDP datagram: {}: {}\n", refused, why);
    }
    for (const std::string& remark : remarks(reader, contents.tally))
        text += remark + '\n';
    return text + how_to_receive(contents);
}

}  // namespace rxlab::capture
