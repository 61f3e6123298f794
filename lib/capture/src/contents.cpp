// SPDX-License-Identifier: MIT
#include <rxlab/capture/contents.hpp>
#include <rxlab/wire/segments.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <string_view>
#include <tuple>

namespace rxlab::capture {
namespace {

namespace mold = wire::mold;

// Beyond any feed's; eight characters of text are a larger number.
constexpr std::uint64_t kSequenceEnd = std::uint64_t{1} << 56;

bool is_believable(const mold::Header& header) noexcept {
    const std::string_view session = header.session.padded();
    return header.sequence < kSequenceEnd &&
           std::ranges::all_of(session, [](char c) { return c >= ' ' && c <= '~'; });
}

void count_packet(Destination& destination, const mold::Header& header) noexcept {
    const bool is_data =
        header.message_count != mold::kHeartbeat && header.message_count != mold::kEndOfSession;
    const std::uint64_t messages = is_data ? header.message_count.get() : 0;
    const std::uint64_t sequence = header.sequence;
    destination.messages += messages;
    if (destination.sessions == 0 || !(destination.session == header.session)) {
        ++destination.sessions;
        destination.session = header.session;
        destination.first_sequence = destination.next_sequence = sequence;
        destination.has_data = false;
    }
    // What comes without data may say any number: an end of session often says 0.
    std::uint64_t& first = destination.first_sequence;
    if (is_data) {
        first = destination.has_data ? std::min(first, sequence) : sequence;
        destination.has_data = true;
    } else if (!destination.has_data && sequence != 0) {
        first = first == 0 ? sequence : std::min(first, sequence);
    }
    destination.next_sequence = std::max(destination.next_sequence, sequence + messages);
}

void count(Destination& destination, std::span<const std::byte> payload) noexcept {
    ++destination.datagrams;
    destination.bytes += payload.size();
    switch (payload_of(payload)) {
        case Payload::whole:
            ++destination.moldudp64;
            break;
        case Payload::left_over:
            ++destination.left_over;
            break;
        case Payload::cut_short:
            ++destination.cut_short;
            return;
        case Payload::foreign:
            return;
    }
    count_packet(destination, wire::overlay<mold::Header>(payload));
}

// Finds destinations by address, port and VLAN.
class Destinations {
  public:
    explicit Destinations(std::vector<Destination>& list) noexcept : list_{list} {}

    Destination& operator[](const wire::UdpDatagram& datagram) {
        const Key key{datagram.destination, datagram.destination_port, datagram.vlan};
        const auto [found, is_new] = index_.try_emplace(key, list_.size());
        if (is_new) {
            Destination& destination = list_.emplace_back();
            destination.endpoint = {datagram.destination, datagram.destination_port};
            destination.vlan = datagram.vlan;
        }
        return list_[found->second];
    }

  private:
    using Key = std::tuple<std::uint32_t, std::uint16_t, std::uint16_t>;
    std::vector<Destination>& list_;
    std::map<Key, std::size_t> index_;
};

}  // namespace

Payload payload_of(std::span<const std::byte> datagram) noexcept {
    if (datagram.size() < sizeof(mold::Header)) return Payload::foreign;
    const mold::Status status = mold::for_each_message(datagram, [](std::span<const std::byte>) {});
    if (status == mold::Status::ok) return Payload::whole;
    if (!is_believable(wire::overlay<mold::Header>(datagram))) return Payload::foreign;
    return status == mold::Status::trailing_bytes ? Payload::left_over : Payload::cut_short;
}

Contents contents_of(Reader& reader) {
    Contents contents;
    Destinations destinations{contents.destinations};
    Frame frame;
    while (reader.next(frame)) {
        const bool is_first = reader.frames() == 1;
        contents.first_ns = is_first ? frame.time_ns : std::min(contents.first_ns, frame.time_ns);
        contents.last_ns = std::max(contents.last_ns, frame.time_ns);
        const Content content = content_of(frame);
        contents.tally.count(frame, content);
        if (content.is_cut) {
            ++destinations[content.datagram].cut;
        } else if (content.status == wire::FrameStatus::ok) {
            Destination& destination = destinations[content.datagram];
            mold::for_each_segment(content.datagram.payload, content.segment_bytes,
                                   [&](auto segment) { count(destination, segment); });
        }
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
