// SPDX-License-Identifier: MIT
#include "feedsim/market/recording.hpp"

#include <rxlab/capture/contents.hpp>
#include <rxlab/capture/reader.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/segments.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace rxlab::feedsim {

namespace mold = wire::mold;
using program::RunError;

namespace {

// A year, in nanoseconds. Stamps that lie further apart are damaged.
constexpr std::uint64_t kSpanMax_ns = std::uint64_t{366} * 86'400 * 1'000'000'000;

std::string vlan_text(std::uint16_t vlan) {
    return vlan == 0 ? "untagged" : fmt::format("in VLAN {}", vlan);
}

bool holds_data(std::span<const std::byte> payload) noexcept {
    const std::uint16_t count = wire::overlay<mold::Header>(payload).message_count;
    return count != mold::kHeartbeat && count != mold::kEndOfSession;
}

// What is left out of a group, and the VLAN in which it came.
struct Group {
    wire::Ipv4Endpoint endpoint;
    std::optional<std::uint16_t> vlan;
    std::uint64_t foreign = 0;
    std::uint64_t cut = 0;
};

std::vector<std::string> remarks_on(const std::vector<Group>& groups, const capture::Reader& reader,
                                    const capture::Tally& tally) {
    std::vector<std::string> list;
    const auto add = [&](std::uint64_t count, const std::string& what, const char* then) {
        if (count != 0) list.push_back(fmt::format("{}: {}; {}", what, count, then));
    };
    for (const Group& group : groups) {
        const std::string name = wire::to_string(group.endpoint);
        add(group.foreign, name + ": datagrams that are not MoldUDP64", "they are not sent");
        add(group.cut, name + ": datagrams cut by the recorder's snap length",
            "they are not sent; record with tcpdump -s 0");
    }
    add(tally.superpackets, "frames that hold several datagrams", "these are sent one by one");
    add(reader.recorder_drops(), "packets that the recorder lost, by its own count",
        "they are missing in what is sent");
    return list;
}

}  // namespace

Recording::Recording(const std::string& path, const RecordingChoice& choice)
    : feeds_(choice.groups.size()) {
    std::vector<Group> groups;
    for (const wire::Ipv4Endpoint& endpoint : choice.groups)
        groups.push_back({endpoint, {}, 0, 0});
    capture::Reader reader{path};
    capture::Frame frame;
    capture::Tally tally;
    std::optional<std::uint64_t> start_ns;
    std::uint64_t after_ns = 0;
    while (reader.next(frame)) {
        const capture::Content content = capture::content_of(frame);
        tally.count(frame, content);
        if (content.status != wire::FrameStatus::ok && !content.is_cut) continue;
        const wire::UdpDatagram& datagram = content.datagram;
        if (choice.vlan && datagram.vlan != *choice.vlan) continue;
        const auto group = std::ranges::find(
            groups, wire::Ipv4Endpoint{datagram.destination, datagram.destination_port},
            &Group::endpoint);
        if (group == groups.end()) continue;
        if (!group->vlan) group->vlan = datagram.vlan;
        if (*group->vlan != datagram.vlan) {
            throw RunError(
                fmt::format("replay {}: {} comes {} and {} (frame {}): choose with "
                            "--read-vlan",
                            path, wire::to_string(group->endpoint), vlan_text(*group->vlan),
                            vlan_text(datagram.vlan), reader.frames()));
        }
        if (content.is_cut) {
            ++group->cut;
            continue;
        }
        const auto feed = static_cast<std::size_t>(group - groups.begin());
        mold::for_each_segment(datagram.payload, content.segment_bytes, [&](auto payload) {
            if (capture::payload_of(payload) == capture::Payload::foreign) {
                ++group->foreign;
                return;
            }
            if (!holds_data(payload)) return;
            const bool by_tap = choice.tap_time && content.tap.kind != capture::TapKind::none;
            // Two clocks must not be mixed: a packet without the tap's stamp is sent with the last
            // one.
            const std::uint64_t time_ns = by_tap ? content.tap.time_ns
                                          : choice.tap_time
                                              ? start_ns.value_or(frame.time_ns) + after_ns
                                              : frame.time_ns;
            if (!start_ns) start_ns = time_ns;
            // A stamp that is earlier than the latest one counts as the latest one.
            if (time_ns > *start_ns + after_ns) after_ns = time_ns - *start_ns;
            if (feeds_[feed].size() < choice.packets_max) keep(feed, payload, after_ns);
        });
        if (after_ns > kSpanMax_ns) {
            throw RunError(
                fmt::format("replay {}: frame {} was recorded more than a year after the "
                            "first packet: its stamp is damaged",
                            path, reader.frames()));
        }
    }
    if (!reader.failure().empty()) throw RunError(reader.failure());
    if (choice.tap_time && tally.tap_stamps() == 0) {
        throw RunError(fmt::format("replay {}: --time tap: none of {} frames carries a tap's stamp",
                                   path, reader.frames()));
    }
    remarks_ = remarks_on(groups, reader, tally);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (!feeds_[i].empty()) continue;
        throw RunError(fmt::format(
            "replay {0}: no MoldUDP64 data to {1}{2}; `kernel_rx --read-pcap {0}` lists its "
            "content",
            path, wire::to_string(groups[i].endpoint),
            groups[i].cut == 0
                ? ""
                : fmt::format(" but {} datagrams that the recorder cut short", groups[i].cut)));
    }
}

void Recording::keep(std::size_t feed, std::span<const std::byte> payload, std::uint64_t time_ns) {
    std::vector<RecordedPacket>& packets = feeds_[feed];
    const auto& header = wire::overlay<mold::Header>(payload);
    std::uint64_t next_sequence = header.sequence + header.message_count;
    if (!packets.empty()) {
        const auto& before = wire::overlay<mold::Header>(this->payload(packets.back()));
        if (before.session == header.session)
            next_sequence = std::max(next_sequence, packets.back().next_sequence);
    }
    packets.push_back(
        {memory_.size(), static_cast<std::uint32_t>(payload.size()), time_ns, next_sequence});
    memory_.insert(memory_.end(), payload.begin(), payload.end());
}

std::vector<std::uint64_t> Recording::due_ns(std::size_t feed, double factor) const {
    std::vector<std::uint64_t> due;
    due.reserve(feeds_[feed].size());
    for (const RecordedPacket& packet : feeds_[feed]) {
        due.push_back(static_cast<std::uint64_t>(static_cast<double>(packet.time_ns) / factor));
    }
    return due;
}

RecordedStream::RecordedStream(std::shared_ptr<const Recording> recording,
                               std::size_t feed) noexcept
    : recording_{std::move(recording)}, packets_{recording_->packets(feed)} {}

FeedPacket RecordedStream::next(std::optional<std::uint64_t>) noexcept {
    if (given_ == packets_.size()) {
        over_ = true;
        return {};
    }
    const RecordedPacket& packet = packets_[given_];
    const mold::Header& of_packet = header(given_++);
    return {recording_->payload(packet), of_packet.sequence, of_packet.message_count,
            packet.next_sequence};
}

const mold::Session& RecordedStream::session() const noexcept {
    const std::size_t sent = over_ || given_ == 0 ? given_ : given_ - 1;
    return header(sent == 0 ? 0 : sent - 1).session;
}

std::uint64_t RecordedStream::first_sequence() const noexcept {
    return header(0).sequence;
}

const mold::Header& RecordedStream::header(std::size_t index) const noexcept {
    return wire::overlay<mold::Header>(recording_->payload(packets_[index]));
}

}  // namespace rxlab::feedsim
