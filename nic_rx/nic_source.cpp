// SPDX-License-Identifier: MIT
#include "nic_rx/nic_source.hpp"

#include <rxlab/program/monotonic.hpp>
#include <rxlab/rx/relax.hpp>

#include <fmt/format.h>
#include <net/if.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace rxlab::nic_rx {
namespace {

constexpr std::int64_t kLookNs = 250'000'000;
constexpr std::uint32_t kLooksPerCount = 240;  // a minute: long before a counter is full

std::vector<std::uint32_t> groups_of(std::span<const rx::Line> lines) {
    std::vector<std::uint32_t> groups;
    for (const rx::Line& line : lines)
        groups.push_back(line.group.address);
    return groups;
}

}  // namespace

NicSource::NicSource(Device& device, const DmaMemory& memory, std::string name,
                     std::span<const rx::Line> lines, const NicOptions& options)
    : device_{device},
      name_{std::move(name)},
      chip_{device, memory, groups_of(lines), options.chip, name_},
      ring_{chip_.rx_descriptors(), chip_.rx_buffers(), chip_.rx_buffers_iova(),
            options.chip.buffer_bytes, device.doorbell(reg::RDT)},
      reader_{lines, false},
      vlan_{options.vlan},
      usual_mask_{rxd::DD | rxd::EOP | rxd::ERRORS | rxd::VP | (vlan_ != 0 ? rxd::kVlanId : 0)},
      usual_{rxd::DD | rxd::EOP |
             (vlan_ != 0 ? rxd::VP | std::uint64_t{vlan_} << rxd::kSpecialShift : 0)},
      link_{static_cast<std::int64_t>(options.link_wait_s * 1e9)},
      link_wait_s_{options.link_wait_s},
      chip_options_{options.chip},
      igmp_{options.igmp, lines, {chip_.mac(), 0, vlan_}, [this](std::span<const std::byte> frame) {
                return chip_.send(frame);
            }} {
    link::wait_for_link("receive on " + name_, options.link_wait_s,
                        [this] { return chip_.has_link(); });
    (void)chip_.link_has_changed();
    ring_.start();
    const std::int64_t now = program::monotonic_ns();
    igmp_.join(now);
    igmp_.send_due(now);
}

NicSource::~NicSource() {
    leave();
}

void NicSource::leave() noexcept {
    constexpr std::chrono::milliseconds kUntilSent{10};
    if (!failed() && !link_.is_down() && igmp_.leave()) std::this_thread::sleep_for(kUntilSent);
}

// [snippet: nic-poll]
std::size_t NicSource::poll(std::span<rx::PacketView> batch) noexcept {
    ring_.give_back();
    if (--polls_until_chores_ == 0) [[unlikely]]
        do_chores(program::monotonic_ns());
    std::size_t filled = 0;
    for (std::size_t taken = 0; taken < batch.size(); ++taken) {
        const std::uint64_t written = ring_.look();
        if ((written & rxd::DD) == 0) break;
        const std::span<const std::byte> frame = ring_.take(written);
        const bool is_usual = (written & usual_mask_) == usual_ && !in_long_frame_;
        filled += is_usual ? take(frame, 0, batch.subspan(filled))
                           : take_odd(written, frame, batch.subspan(filled));
    }
    if (filled == 0) rx::relax();
    return filled;
}
// [end: nic-poll]

// A datagram of our groups, a query of a router, or nothing for us. `other_vlan`: 0 for our own.
std::size_t NicSource::take(std::span<const std::byte> frame, std::uint16_t other_vlan,
                            std::span<rx::PacketView> batch) noexcept {
    if (reader_.take(frame, other_vlan, batch) != 0) [[likely]]
        return 1;
    // Where no other protocol shifts IPv4's header: the chip has taken the tag off.
    const bool is_igmp = frame.size() > 23 && frame[23] == std::byte{wire::kIpProtocolIgmp};
    if (is_igmp && other_vlan == 0) igmp_.receive(frame, program::monotonic_ns());
    return 0;
}

// A piece of a frame that is longer than a buffer, one that the chip calls bad (which it drops
// itself unless RCTL.SBP is set), or one of another VLAN.
std::size_t NicSource::take_odd(std::uint64_t written, std::span<const std::byte> frame,
                                std::span<rx::PacketView> batch) noexcept {
    const bool is_last = (written & rxd::EOP) != 0;
    if (in_long_frame_ || !is_last) {
        segmented_ += is_last ? 1 : 0;
        in_long_frame_ = !is_last;
        return 0;
    }
    if ((written & rxd::ERRORS) != 0) {
        ++bad_frames_;
        return 0;
    }
    const std::uint64_t tag = (written & rxd::VP) != 0 ? written & rxd::kVlanId : 0;
    return take(frame, static_cast<std::uint16_t>(tag >> rxd::kSpecialShift ^ vlan_), batch);
}

void NicSource::do_chores(std::int64_t now_ns) noexcept {
    polls_until_chores_ = kPollsPerChores;
    if (failed()) return;
    if (now_ns >= next_look_ns_) look(now_ns);
    if (!failed() && !link_.is_down()) igmp_.send_due(now_ns);
}

// A link that went and came between two looks shows in the interrupt cause register alone.
void NicSource::look(std::int64_t now_ns) noexcept {
    next_look_ns_ = now_ns + kLookNs;
    if (chip_.is_gone() || device_.is_wanted_back()) {
        failure_ = fmt::format("device {} {}", name_,
                               chip_.is_gone() ? "was removed: its registers read as ones"
                                               : "is wanted back by the kernel (removal, unbind)");
        return;
    }
    const std::uint64_t returns = link_.returns();
    link::LinkMessage message;
    message.flags = IFF_UP;
    if (chip_.link_has_changed()) link_.told(message, now_ns);
    if (chip_.has_link()) message.flags |= link::kLowerUp;
    link_.told(message, now_ns);
    if (++looks_ % kLooksPerCount == 0) chip_.count();
    if (link_.returns() != returns) igmp_.join(now_ns);
    if (!link_.is_lost(now_ns)) return;
    failure_ = fmt::format(
        "the link of {} went down, and did not come back within {} s; check the cable or the other "
        "end, or wait longer with --link-wait",
        name_, link_wait_s_);
}

std::uint64_t NicSource::drops() noexcept {
    const ChipCounters& counted = chip_.count();
    return counted.missed + counted.damaged;
}

rx::SourceReport NicSource::report() {
    leave();  // which is part of it
    const ChipCounters& counted = chip_.count();
    rx::SourceReport report;
    report.drops["missed"] = counted.missed;
    report.drops["damaged"] = counted.damaged;
    report.counters["driver"] = "82574L, our own";
    report.counters["megabits"] = chip_.megabits();
    report.counters["multicast_filter"] =
        chip_options_.all_multicast ? "allmulticast" : "addresses";
    report.counters["rx_descriptors"] = chip_options_.descriptors;
    report.counters["buffer_bytes"] = chip_options_.buffer_bytes;
    report.counters["link_losses"] = link_.losses();
    report.counters["link_down_ms"] = link_.down_ns(program::monotonic_ns()) / 1'000'000;
    report.counters["chip"] = {{"received", counted.received},
                               {"sent", counted.sent},
                               {"ring_full", counted.ring_full},
                               {"wrong_size", counted.wrong_size}};
    rx::add_to_report(reader_.counters(), report);
    report.counters["segmented_frames"] = segmented_;
    report.counters["bad_frames"] = bad_frames_;
    report.counters["igmp"] = igmp_.report();
    return report;
}

}  // namespace rxlab::nic_rx
