// SPDX-License-Identifier: MIT
#include <rxlab/rx/frame_reader.hpp>

#include <algorithm>
#include <string>

namespace rxlab::rx {

FrameReaderCounters& FrameReaderCounters::operator+=(const FrameReaderCounters& other) noexcept {
    other.frames.for_each(
        [this](wire::FrameStatus status, std::uint64_t count) { frames.count(status, count); });
    other_groups += other.other_groups;
    other_sources += other.other_sources;
    other_vlan += other.other_vlan;
    cut += other.cut;
    cut_bytes_max = std::max(cut_bytes_max, other.cut_bytes_max);
    superpackets += other.superpackets;
    segments += other.segments;
    return *this;
}

// Any frame.
std::size_t FrameReader::take_other(std::span<const std::byte> frame, std::uint16_t vlan,
                                    std::span<PacketView> batch) noexcept {
    wire::UdpDatagram datagram;
    const wire::FrameStatus status = wire::parse_udp_frame(frame, datagram);
    counters_.frames.count(status);
    if (status != wire::FrameStatus::ok) {
        if (status == wire::FrameStatus::truncated) note_cut(frame);
        return 0;
    }
    if (vlan != 0 || datagram.vlan != 0) {
        ++counters_.other_vlan;
        return 0;
    }
    const GroupTable::Entry* const line =
        groups_.find(wire::destination_key(datagram.destination, datagram.destination_port));
    if (line == nullptr) {
        ++counters_.other_groups;
        return 0;
    }
    if (!line->takes(datagram.source)) {
        ++counters_.other_sources;
        return 0;
    }
    batch[0] = {datagram.payload, line->id, datagram.source};
    segment_bytes_ = may_join_ ? wire::mold::segment_bytes(datagram.payload) : 0;
    if (segment_bytes_ == 0) return 1;
    superpacket_ = batch[0];
    ++counters_.superpackets;
    return take_rest(batch);
}

std::size_t FrameReader::take_rest(std::span<PacketView> batch) noexcept {
    std::size_t filled = 0;
    for (; filled < batch.size() && has_rest(); ++filled) {
        const std::size_t bytes = std::min(segment_bytes_, superpacket_.payload.size());
        batch[filled] = superpacket_;
        batch[filled].payload = superpacket_.payload.first(bytes);
        superpacket_.payload = superpacket_.payload.subspan(bytes);
    }
    counters_.segments += filled;
    return filled;
}

void FrameReader::note_cut(std::span<const std::byte> frame) noexcept {
    const auto cut = wire::read_cut_frame(frame);
    if (!cut || groups_.find(cut->destination) == nullptr) return;
    ++counters_.cut;
    counters_.cut_bytes_max = std::max<std::uint64_t>(counters_.cut_bytes_max, cut->ip_bytes);
}

void add_to_report(const FrameReaderCounters& counters, SourceReport& report) {
    counters.frames.for_each([&](wire::FrameStatus status, std::uint64_t count) {
        report.counters["frames_" + std::string{wire::to_string(status)}] = count;
    });
    report.counters["other_groups"] = counters.other_groups;
    report.counters["other_sources"] = counters.other_sources;
    report.counters["other_vlan"] = counters.other_vlan;
    report.counters["cut_frames"] = counters.cut;
    report.counters["superpackets"] = counters.superpackets;
    report.counters["superpacket_segments"] = counters.segments;
    report.cut_packets = counters.cut;
}

}  // namespace rxlab::rx
