// SPDX-License-Identifier: MIT
#include <rxlab/capture/contents.hpp>
#include <rxlab/latency/clock.hpp>
#include <rxlab/rx/capture_source.hpp>

#include <algorithm>
#include <string>

namespace rxlab::rx {
namespace {

constexpr int kFramesOfOneTurn = 1'024;

constexpr std::uint64_t key(std::uint32_t address, std::uint16_t port) noexcept {
    return std::uint64_t{address} << 16 | port;
}

}  // namespace

CaptureSource::CaptureSource(const std::string& path, std::span<const Line> lines,
                             std::uint16_t vlan)
    : reader_{path}, vlan_{vlan} {
    for (const Line& line : lines)
        groups_.push_back({line.group, line.id});
    std::ranges::sort(groups_, {}, [](const Group& group) {
        return key(group.endpoint.address, group.endpoint.port);
    });
    latency::VirtualTime::set(0, 0);
}

std::size_t CaptureSource::poll(std::span<PacketView> batch) noexcept {
    capture::Frame frame;
    for (int i = 0; i < kFramesOfOneTurn; ++i) {
        if (ended_ || !reader_.next(frame)) {
            ended_ = true;
            return 0;
        }
        if (take(frame, batch[0])) return 1;
    }
    return 0;
}

bool CaptureSource::take(const capture::Frame& frame, PacketView& out) noexcept {
    keep_time(frame.time_ns);
    if (frame.is_cut) ++cut_frames_;
    wire::UdpDatagram datagram;
    const wire::FrameStatus status = wire::parse_udp_frame(frame.bytes, datagram);
    frames_.count(status);
    if (status != wire::FrameStatus::ok) return false;
    if (vlan_ != 0 && datagram.vlan != vlan_) {
        ++other_vlan_;
        return false;
    }
    const Group* const group = find(datagram);
    if (group == nullptr) {
        ++other_groups_;
        return false;
    }
    out = {datagram.payload, group->id, datagram.source};
    return true;
}

const CaptureSource::Group* CaptureSource::find(const wire::UdpDatagram& datagram) const noexcept {
    const std::uint64_t wanted = key(datagram.destination, datagram.destination_port);
    const auto found = std::ranges::lower_bound(groups_, wanted, {}, [](const Group& group) {
        return key(group.endpoint.address, group.endpoint.port);
    });
    if (found == groups_.end() || key(found->endpoint.address, found->endpoint.port) != wanted)
        return nullptr;
    return &*found;
}

void CaptureSource::keep_time(std::uint64_t time_ns) noexcept {
    if (reader_.frames() == 1) {
        first_ns_ = last_ns_ = time_ns;
    } else if (time_ns < last_ns_) {
        ++time_went_back_;
    } else {
        last_ns_ = time_ns;
    }
    latency::VirtualTime::advance_to(last_ns_);
}

SourceReport CaptureSource::report() const {
    SourceReport report;
    report.counters["frames"] = reader_.frames();
    frames_.for_each([&](wire::FrameStatus status, std::uint64_t count) {
        report.counters["frames_" + std::string{wire::to_string(status)}] = count;
    });
    report.counters["cut_frames"] = cut_frames_;
    report.counters["other_groups"] = other_groups_;
    report.counters["other_vlan"] = other_vlan_;
    report.counters["time_went_back"] = time_went_back_;
    if (reader_.frames() != 0) {
        report.counters["first"] = capture::utc_text(first_ns_);
        report.counters["last"] = capture::utc_text(last_ns_);
    }
    return report;
}

}  // namespace rxlab::rx
