// SPDX-License-Identifier: MIT
#include <rxlab/capture/contents.hpp>
#include <rxlab/latency/clock.hpp>
#include <rxlab/program/command_line.hpp>
#include <rxlab/program/publish.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/receive.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

namespace rxlab::rx {
namespace {

constexpr int kFramesOfOneTurn = 1'024;

std::string vlan_text(std::uint16_t vlan) {
    return vlan == 0 ? "untagged" : fmt::format("in VLAN {}", vlan);
}

// By its header, which may be all that is left.
std::uint64_t messages_of(std::span<const std::byte> datagram) noexcept {
    if (datagram.size() < sizeof(wire::mold::Header)) return 0;
    const auto& header = wire::overlay<wire::mold::Header>(datagram);
    return end_of(header) - header.sequence;
}

const auto endpoint_of = [](const auto& group) { return group.line.group; };

}  // namespace

CaptureSource::CaptureSource(const std::string& path, std::span<const Line> lines,
                             const CaptureOptions& options)
    : reader_{path}, options_{options} {
    for (const Line& line : lines)
        groups_.push_back({line, std::nullopt, 0});
    std::ranges::sort(groups_, {}, endpoint_of);
    latency::VirtualTime::set(0, 0);
}

std::size_t CaptureSource::poll(std::span<PacketView> batch) noexcept {
    capture::Frame frame;
    for (int i = 0; i < kFramesOfOneTurn && !has_left_; ++i) {
        if (ended_) return 0;
        if (!reader_.next(frame)) {
            ended_ = true;
            if (options_.tap_time && tally_.tap_stamps() == 0 && reader_.failure().empty())
                failure_ = fmt::format(
                    "read capture {}: --time tap: none of {} frames carries a tap's stamp",
                    reader_.name(), reader_.frames());
            return 0;
        }
        take(frame);
    }
    if (!has_left_) return 0;
    // The next datagram of the frame that was taken.
    batch[0] = packet_;
    batch[0].payload = left_.first(std::min(segment_bytes_, left_.size()));
    left_ = left_.subspan(batch[0].payload.size());
    has_left_ = !left_.empty();
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
    packet_ = {{}, group->line.id, content.datagram.source};
}

CaptureSource::Group* CaptureSource::group_of(const wire::UdpDatagram& datagram) noexcept {
    if (options_.vlan && datagram.vlan != *options_.vlan) {
        ++other_vlan_;
        return nullptr;
    }
    const wire::Ipv4Endpoint wanted{datagram.destination, datagram.destination_port};
    const auto group = std::ranges::lower_bound(groups_, wanted, {}, endpoint_of);
    if (group == groups_.end() || group->line.group != wanted) {
        ++other_groups_;
        return nullptr;
    }
    if (group->line.source != 0 && group->line.source != datagram.source) {
        ++other_sources_;
        return nullptr;
    }
    if (options_.vlan) return &*group;
    if (!group->vlan) group->vlan = datagram.vlan;
    if (*group->vlan == datagram.vlan) return &*group;
    // Two networks, in which the same group may be another feed.
    failure_ = fmt::format("read capture {}: {} comes {} and {} (frame {}): choose with --vlan",
                           reader_.name(), wire::to_string(wanted), vlan_text(*group->vlan),
                           vlan_text(datagram.vlan), reader_.frames());
    ended_ = true;
    return nullptr;
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

SourceReport CaptureSource::report() const {
    SourceReport report;
    for (const capture::Counter& counter : capture::counters_of(reader_, tally_))
        report.counters[counter.name] = counter.value;
    for (const Group& group : groups_) {
        if (group.cut_datagrams == 0) continue;
        report.counters["cut_datagrams_" + wire::to_string(group.line.group)] = group.cut_datagrams;
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
    const auto remarks = capture::remarks(reader_, tally_);
    if (!remarks.empty()) report.counters["remarks"] = fmt::format("{}", fmt::join(remarks, "; "));
    return report;
}

void add_time_option(CLI::App& app, CaptureOptions& capture) {
    program::add_choice<bool>(
        app, "--time", capture.tap_time, {{"recorder", false}, {"tap", true}},
        "whose stamps are a capture's time: the recorder's, or a tap's that frames carry")
        ->needs(app.get_option("--read-pcap"));
}

int read_capture(const std::string& program, const Options& options, const MakePolicy& make_policy,
                 const CaptureOptions& capture) {
    if (!options.groups.empty()) {
        return run_receiver(program, "capture", options, make_policy, [&] {
            return CaptureSource{options.read_pcap, lines_of(options), capture};
        });
    }
    capture::Reader reader{options.read_pcap};
    const capture::Contents contents = capture::contents_of(reader);
    program::publish(capture::to_text(reader, contents), capture::to_json(reader, contents),
                     options.json_path);
    if (!reader.failure().empty()) throw program::RunError(reader.failure());
    return 0;
}

}  // namespace rxlab::rx
