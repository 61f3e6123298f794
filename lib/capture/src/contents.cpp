// SPDX-License-Identifier: MIT
#include <rxlab/capture/contents.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <tuple>

namespace rxlab::capture {
namespace {

namespace mold = wire::mold;

void count_packet(Destination& destination, const mold::Header& header) {
    ++destination.moldudp64;
    const bool is_data = header.message_count != mold::kEndOfSession;
    const std::uint64_t messages = is_data ? header.message_count.get() : 0;
    const std::uint64_t sequence = header.sequence;
    destination.messages += messages;
    if (destination.sessions == 0 || !(destination.session == header.session)) {
        ++destination.sessions;
        destination.session = header.session;
        destination.first_sequence = sequence;
        destination.next_sequence = sequence;
    }
    destination.first_sequence = std::min(destination.first_sequence, sequence);
    destination.next_sequence = std::max(destination.next_sequence, sequence + messages);
}

void count(Destination& destination, std::span<const std::byte> payload) {
    ++destination.datagrams;
    destination.bytes += payload.size();
    if (payload.size() < sizeof(mold::Header)) return;
    const mold::Status status = mold::for_each_message(payload, [](std::span<const std::byte>) {});
    if (status == mold::Status::ok) count_packet(destination, wire::overlay<mold::Header>(payload));
}

}  // namespace

Contents contents_of(Reader& reader) {
    using Key = std::tuple<std::uint32_t, std::uint16_t, std::uint16_t>;
    Contents contents;
    std::map<Key, std::size_t> index;
    Frame frame;
    while (reader.next(frame)) {
        const bool is_first = reader.frames() == 1;
        contents.first_ns = is_first ? frame.time_ns : std::min(contents.first_ns, frame.time_ns);
        contents.last_ns = std::max(contents.last_ns, frame.time_ns);
        wire::UdpDatagram datagram;
        const wire::FrameStatus status = wire::parse_udp_frame(frame.bytes, datagram);
        contents.frames.count(status);
        if (status != wire::FrameStatus::ok) continue;
        const Key key{datagram.destination, datagram.destination_port, datagram.vlan};
        const auto [found, is_new] = index.try_emplace(key, contents.destinations.size());
        if (is_new) {
            Destination destination;
            destination.endpoint = {datagram.destination, datagram.destination_port};
            destination.vlan = datagram.vlan;
            contents.destinations.push_back(destination);
        }
        count(contents.destinations[found->second], datagram.payload);
    }
    return contents;
}

std::string utc_text(std::uint64_t time_ns) {
    const auto seconds = static_cast<std::time_t>(time_ns / 1'000'000'000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", utc.tm_year + 1900,
                       utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                       time_ns % 1'000'000'000);
}

}  // namespace rxlab::capture
