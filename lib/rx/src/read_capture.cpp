// SPDX-License-Identifier: MIT
#include <rxlab/capture/contents.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/read_capture.hpp>
#include <rxlab/rx/receive.hpp>

#include <fmt/format.h>

#include <iterator>

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
                 {"moldudp64", destination.moldudp64}};
    if (destination.is_feed()) {
        json["session"] = session_of(destination);
        json["sessions"] = destination.sessions;
        json["messages"] = destination.messages;
        json["first_sequence"] = destination.first_sequence;
        json["next_sequence"] = destination.next_sequence;
    }
    return json;
}

Json to_json(const Contents& contents, const std::string& file) {
    Json json = {{"schema", "rxlab.capture/1"}, {"file", file}};
    std::uint64_t frames = 0;
    contents.frames.for_each([&](wire::FrameStatus, std::uint64_t count) { frames += count; });
    json["frames"] = frames;
    contents.frames.for_each([&](wire::FrameStatus status, std::uint64_t count) {
        json["frames_" + std::string{wire::to_string(status)}] = count;
    });
    json["first"] = nullptr;
    json["last"] = nullptr;
    if (frames != 0) {
        json["first"] = capture::utc_text(contents.first_ns);
        json["last"] = capture::utc_text(contents.last_ns);
    }
    json["destinations"] = Json::array();
    for (const Destination& destination : contents.destinations)
        json["destinations"].push_back(to_json(destination));
    return json;
}

// The groups that --group takes, ready to be pasted.
std::string group_options(const Contents& contents) {
    std::string text;
    for (const Destination& destination : contents.destinations) {
        if (!destination.is_feed() || !wire::is_multicast(destination.endpoint)) continue;
        const std::string option = " --group " + wire::to_string(destination.endpoint);
        if (text.find(option) == std::string::npos) text += option;  // once, whatever the VLANs
    }
    return text;
}

std::string listing(const Contents& contents, const Json& json) {
    std::string text =
        fmt::format("{}: {} frames", json["file"].get<std::string>(), json["frames"].dump());
    if (!json["first"].is_null()) {
        text += fmt::format(", {} to {}", json["first"].get<std::string>(),
                            json["last"].get<std::string>());
    }
    text += '\n';
    fmt::format_to(std::back_inserter(text), "{:<22} {:>5} {:>10}  {:<10} {:>10} {:>14} {:>14}\n",
                   "group", "vlan", "datagrams", "session", "messages", "first", "next");
    for (const Destination& destination : contents.destinations) {
        fmt::format_to(std::back_inserter(text), "{:<22} {:>5} {:>10}",
                       wire::to_string(destination.endpoint), destination.vlan,
                       destination.datagrams);
        if (destination.is_feed()) {
            fmt::format_to(std::back_inserter(text), "  {:<10} {:>10} {:>14} {:>14}\n",
                           session_of(destination), destination.messages,
                           destination.first_sequence, destination.next_sequence);
        } else {
            text += "  not MoldUDP64\n";
        }
    }
    if (contents.frames.refused() != 0) {
        fmt::format_to(std::back_inserter(text), "frames that hold no UDP datagram: {}\n",
                       contents.frames.refused());
    }
    const std::string options = group_options(contents);
    if (!options.empty()) text += "receive them with:" + options + "\n";
    return text;
}

int list_contents(const Options& options) {
    capture::Reader reader{options.read_pcap};
    const Contents contents = capture::contents_of(reader);
    const Json json = to_json(contents, options.read_pcap);
    publish(listing(contents, json), json, options);
    if (!reader.failure().empty()) throw program::RunError(reader.failure());
    return 0;
}

}  // namespace

int read_capture(const std::string& program, const Options& options, std::uint16_t vlan) {
    if (options.groups.empty()) return list_contents(options);
    return run_receiver(program, "capture", options, [&] {
        return CaptureSource{options.read_pcap, lines_of(options), vlan};
    });
}

}  // namespace rxlab::rx
