// SPDX-License-Identifier: MIT
#include <rxlab/capture/contents.hpp>
#include <rxlab/latency/clock.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace rxlab::rx {
namespace {

constexpr int kFramesOfOneTurn = 1'024;

constexpr std::uint64_t key(std::uint32_t address, std::uint16_t port) noexcept {
    return std::uint64_t{address} << 16 | port;
}

std::string vlan_text(std::uint16_t vlan) {
    return vlan == 0 ? "untagged" : fmt::format("in VLAN {}", vlan);
}

// By its header, which may be all that is left.
std::uint64_t messages_of(std::span<const std::byte> datagram) noexcept {
    namespace mold = wire::mold;
    if (datagram.size() < sizeof(mold::Header)) return 0;
    const std::uint16_t count = wire::overlay<mold::Header>(datagram).message_count;
    return count == mold::kEndOfSession ? 0 : count;
}

}  // namespace

CaptureSource::CaptureSource(const std::string& path, std::span<const Line> lines,
                             const CaptureOptions& options)
    : reader_{path}, options_{options} {
    for (const Line& line : lines)
        groups_.push_back({line.group, line.id, line.source, std::nullopt, 0});
    std::ranges::sort(groups_, {}, [](const Group& group) {
        return key(group.endpoint.address, group.endpoint.port);
    });
    latency::VirtualTime::set(0, 0);
}

std::size_t CaptureSource::poll(std::span<PacketView> batch) noexcept {
    capture::Frame frame;
    for (int i = 0; i < kFramesOfOneTurn && !has_left_; ++i) {
        if (ended_) return 0;
        if (!reader_.next(frame)) {
            end();
            return 0;
        }
        take(frame);
    }
    if (!has_left_) return 0;
    give(batch[0]);
    return 1;
}

void CaptureSource::take(const capture::Frame& frame) noexcept {
    const capture::Content content = capture::content_of(frame);
    tally_.count(frame, content);
    keep_time(frame, content.tap);
    if (content.status != wire::FrameStatus::ok && !content.is_cut) return;
    Group* const group = group_of(content.datagram);
    if (group == nullptr) return;
    if (content.is_cut) {
        ++group->cut_datagrams;
        cut_messages_ += messages_of(content.datagram.payload);
        return;
    }
    has_left_ = true;
    left_ = content.datagram.payload;
    segment_bytes_ = content.segment_bytes != 0 ? content.segment_bytes : left_.size();
    packet_ = {{}, group->id, content.datagram.source};
}

void CaptureSource::give(PacketView& out) noexcept {
    out = packet_;
    out.payload = left_.first(std::min(segment_bytes_, left_.size()));
    left_ = left_.subspan(out.payload.size());
    has_left_ = !left_.empty();
}

CaptureSource::Group* CaptureSource::group_of(const wire::UdpDatagram& datagram) noexcept {
    if (options_.vlan && datagram.vlan != *options_.vlan) {
        ++other_vlan_;
        return nullptr;
    }
    Group* const group = find(datagram);
    if (group == nullptr) {
        ++other_groups_;
        return nullptr;
    }
    if (group->source != 0 && group->source != datagram.source) {
        ++other_sources_;
        return nullptr;
    }
    if (options_.vlan) return group;
    if (!group->vlan) group->vlan = datagram.vlan;
    if (*group->vlan == datagram.vlan) return group;
    // Two networks, in which the same group may be another feed.
    failure_ = fmt::format("read capture {}: {} comes {} and {} (frame {}): choose with --vlan",
                           reader_.name(), wire::to_string(group->endpoint),
                           vlan_text(*group->vlan), vlan_text(datagram.vlan), reader_.frames());
    ended_ = true;
    return nullptr;
}

CaptureSource::Group* CaptureSource::find(const wire::UdpDatagram& datagram) noexcept {
    const std::uint64_t wanted = key(datagram.destination, datagram.destination_port);
    const auto found = std::ranges::lower_bound(groups_, wanted, {}, [](const Group& group) {
        return key(group.endpoint.address, group.endpoint.port);
    });
    if (found == groups_.end() || key(found->endpoint.address, found->endpoint.port) != wanted)
        return nullptr;
    return &*found;
}

void CaptureSource::keep_time(const capture::Frame& frame, const capture::TapStamp& tap) noexcept {
    std::uint64_t time_ns = frame.time_ns;
    if (options_.tap_time) {
        const bool has_stamp = tap.kind != capture::TapKind::none;
        if (!has_stamp) ++without_tap_stamp_;
        // Two clocks must not be mixed: what has no stamp does not move the time.
        if (!has_stamp && tally_.tap_stamps() != 0) return;
        if (has_stamp) time_ns = tap.time_ns;
    }
    if (!has_time_) {
        has_time_ = true;
        first_ns_ = last_ns_ = time_ns;
    } else if (time_ns < last_ns_) {
        ++time_went_back_;
    } else {
        last_ns_ = time_ns;
    }
    latency::VirtualTime::advance_to(last_ns_);
}

void CaptureSource::end() noexcept {
    ended_ = true;
    if (!options_.tap_time || tally_.tap_stamps() != 0 || !reader_.failure().empty()) return;
    failure_ = fmt::format("read capture {}: --time tap: none of {} frames carries a tap's stamp",
                           reader_.name(), reader_.frames());
}

SourceReport CaptureSource::report() const {
    SourceReport report;
    for (const capture::Counter& counter : capture::counters_of(reader_, tally_)) {
        if (counter.value < 0) {
            report.counters[counter.name] = counter.value;
        } else {
            report.counters[counter.name] = static_cast<std::uint64_t>(counter.value);
        }
    }
    for (const Group& group : groups_) {
        if (group.cut_datagrams == 0) continue;
        report.counters["cut_datagrams_" + wire::to_string(group.endpoint)] = group.cut_datagrams;
    }
    report.cut_messages = cut_messages_;
    if (cut_messages_ != 0) report.counters["cut_messages"] = cut_messages_;
    report.counters["other_groups"] = other_groups_;
    report.counters["other_vlan"] = other_vlan_;
    report.counters["other_sources"] = other_sources_;
    report.counters["time_went_back"] = time_went_back_;
    if (options_.tap_time) report.counters["frames_without_tap_stamp"] = without_tap_stamp_;
    if (reader_.frames() != 0) {
        report.counters["first"] = capture::utc_text(first_ns_);
        report.counters["last"] = capture::utc_text(last_ns_);
    }
    std::string remarks;
    for (const std::string& remark : capture::remarks(reader_, tally_))
        remarks += (remarks.empty() ? "" : "; ") + remark;
    if (!remarks.empty()) report.counters["remarks"] = remarks;
    return report;
}

}  // namespace rxlab::rx
