// SPDX-License-Identifier: MIT
#include <rxlab/capture/contents.hpp>
#include <rxlab/capture/reader.hpp>
#include <rxlab/feedsim/options.hpp>
#include <rxlab/feedsim/recording.hpp>
#include <rxlab/program/errors.hpp>
#include <rxlab/wire/frame.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace rxlab::feedsim {

namespace mold = wire::mold;
using program::RunError;

namespace {

// Stamps that lie further apart are damaged: a year, in nanoseconds.
constexpr std::uint64_t kSpanMax_ns = std::uint64_t{366} * 86'400 * 1'000'000'000;

std::optional<std::size_t> feed_of(const wire::UdpDatagram& datagram,
                                   std::span<const wire::Ipv4Endpoint> groups) noexcept {
    const wire::Ipv4Endpoint wanted{datagram.destination, datagram.destination_port};
    const auto found = std::find(groups.begin(), groups.end(), wanted);
    if (found == groups.end()) return std::nullopt;
    return static_cast<std::size_t>(found - groups.begin());
}

void find_groups(Options& options) {
    capture::Reader reader{options.read_pcap};
    for (const auto& destination : capture::contents_of(reader).destinations) {
        if (!destination.is_feed() || !wire::is_multicast(destination.endpoint)) continue;
        if (std::ranges::find(options.groups, destination.endpoint) == options.groups.end())
            options.groups.push_back(destination.endpoint);  // once, whatever the VLANs
    }
    if (!reader.failure().empty()) throw RunError(reader.failure());
    if (options.groups.empty()) {
        throw RunError(fmt::format("replay {}: no multicast group of it carries MoldUDP64",
                                   options.read_pcap));
    }
    if (!options.write_itch.empty() && options.groups.size() > 1) {
        throw program::UsageError(
            fmt::format("--write-itch writes one feed, and {} holds {}: "
                        "choose with --group",
                        options.read_pcap, options.groups.size()));
    }
}

bool holds_data(std::span<const std::byte> payload) noexcept {
    if (payload.size() < sizeof(mold::Header)) return false;
    const std::uint16_t count = wire::overlay<mold::Header>(payload).message_count;
    return count != mold::kHeartbeat && count != mold::kEndOfSession;
}

}  // namespace

Recording::Recording(const std::string& path, std::span<const wire::Ipv4Endpoint> groups,
                     std::uint64_t packets_max)
    : feeds_(groups.size()) {
    capture::Reader reader{path};
    capture::Frame frame;
    std::optional<std::uint64_t> start_ns;
    std::uint64_t after_ns = 0;
    while (reader.next(frame)) {
        wire::UdpDatagram datagram;
        if (wire::parse_udp_frame(frame.bytes, datagram) != wire::FrameStatus::ok) continue;
        const auto feed = feed_of(datagram, groups);
        if (!feed || !holds_data(datagram.payload)) continue;
        if (!start_ns) start_ns = frame.time_ns;
        // A stamp from before the latest one: as if it were that.
        if (frame.time_ns > *start_ns + after_ns) after_ns = frame.time_ns - *start_ns;
        if (after_ns > kSpanMax_ns) {
            throw RunError(
                fmt::format("replay {}: frame {} was recorded more than a year after the "
                            "first packet: its stamp is damaged",
                            path, reader.frames()));
        }
        if (feeds_[*feed].size() < packets_max) keep(*feed, datagram.payload, after_ns);
    }
    if (!reader.failure().empty()) throw RunError(reader.failure());
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (!feeds_[i].empty()) continue;
        throw RunError(
            fmt::format("replay {}: no MoldUDP64 data to {}; what it holds: kernel_rx "
                        "--read-pcap {}",
                        path, wire::to_string(groups[i]), path));
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

void load_recording(Options& options) {
    if (options.read_pcap.empty()) return;
    if (options.groups.empty()) find_groups(options);
    options.recording =
        std::make_shared<Recording>(options.read_pcap, options.groups, options.packets_max);
}

}  // namespace rxlab::feedsim
