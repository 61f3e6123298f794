// SPDX-License-Identifier: MIT
#include "dpdk_rx/source/chores.hpp"

#include <rxlab/program/monotonic.hpp>

#include <nlohmann/json.hpp>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

constexpr std::int64_t kLookNs = 250'000'000;
// A port that is stopped drops what it has not sent yet; a leave of version 2 is said once.
constexpr std::chrono::milliseconds kDrain{10};
constexpr std::size_t kFrameBytesMin = 60;  // Ethernet's; not every port pads

// Several feeds may share an address: they differ by port. One that takes it from anybody needs it
// from everybody.
std::vector<IgmpGroup> groups_of(std::span<const rx::Line> lines) {
    std::map<std::uint32_t, std::set<std::uint32_t>> sources;
    for (const rx::Line& line : lines)
        sources[line.group.address].insert(line.source);
    std::vector<IgmpGroup> groups;
    for (const auto& [address, wanted] : sources) {
        groups.push_back({address, {}});
        if (!wanted.contains(0)) groups.back().sources.assign(wanted.begin(), wanted.end());
    }
    return groups;
}

}  // namespace

Chores::Chores(Port& port, const PortOptions& options, std::span<const rx::Line> lines)
    : port_{port} {
    if (!options.igmp.on) return;
    const std::uint32_t known = port.kernel().address().value_or(0);
    sender_ = {port.mac(), options.igmp.source.value_or(known), options.vlan};
    igmp_.emplace(groups_of(lines), sender_, options.igmp.version, std::random_device{}());
    const std::int64_t now = program::monotonic_ns();
    igmp_->join(now);
    if (!port.watch().link_is_down()) send_due(now);
}

Chores::~Chores() {
    leave();
}

void Chores::run() noexcept {
    const std::int64_t now = program::monotonic_ns();
    PortWatch& watch = port_.watch();
    if (now >= next_look_ns_ || watch.wants_look()) {
        next_look_ns_ = now + kLookNs;
        if (watch.look(now) && igmp_) igmp_->join(now);
    }
    // Drivers may wait for room where nothing leaves.
    if (igmp_ && !watch.link_is_down() && !watch.lost()) send_due(now);
}

void Chores::receive_igmp(std::span<const std::byte> frame) noexcept {
    if (igmp_) igmp_->receive(frame, program::monotonic_ns());
}

void Chores::leave() noexcept {
    if (!igmp_ || left_ || port_.watch().lost() || port_.watch().link_is_down()) return;
    left_ = true;
    igmp_->leave(program::monotonic_ns());
    while (igmp_->due_ns() != IgmpHost::kNever) {
        std::this_thread::sleep_for(
            std::chrono::nanoseconds{igmp_->due_ns() - program::monotonic_ns()});
        send_due(program::monotonic_ns());
    }
    std::this_thread::sleep_for(kDrain);
}

void Chores::send_due(std::int64_t now) noexcept {
    while (now >= igmp_->due_ns()) {
        const auto frame = igmp_->next(now);
        if (frame.empty()) return;
        send(frame);
    }
}

// What cannot be sent is not sent again: reports are repeated, and so are queries.
void Chores::send(std::span<const std::byte> frame) noexcept {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(port_.transmit_pool());
    const auto bytes = static_cast<std::uint16_t>(std::max(frame.size(), kFrameBytesMin));
    char* const data = mbuf == nullptr ? nullptr : rte_pktmbuf_append(mbuf, bytes);
    if (data != nullptr) {
        std::memset(data, 0, bytes);
        std::memcpy(data, frame.data(), frame.size());
        if (rte_eth_tx_burst(port_.id(), 0, &mbuf, 1) == 1) return;
    }
    rte_pktmbuf_free(mbuf);
    ++not_sent_;
}

nlohmann::ordered_json Chores::igmp_report() const {
    nlohmann::ordered_json report;
    if (!igmp_) {
        report["version"] = "off";
        return report;
    }
    const IgmpCounters& counters = igmp_->counters();
    report["version"] = igmp_->version(program::monotonic_ns());
    report["source"] = wire::ipv4_to_string(sender_.address);
    report["reports"] = counters.reports;
    report["leaves"] = counters.leaves;
    report["not_sent"] = not_sent_;
    report["queries_v1"] = counters.queries_v1;
    report["queries_v2"] = counters.queries_v2;
    report["queries_v3"] = counters.queries_v3;
    report["ignored"] = counters.ignored;
    report["suppressed"] = counters.suppressed;
    for (std::size_t i = 0; i < wire::kIgmpStatuses; ++i) {
        const auto status = static_cast<wire::IgmpStatus>(i);
        if (status == wire::IgmpStatus::not_igmp) continue;
        report["frames_" + std::string{wire::to_string(status)}] = counters.frames[i];
    }
    return report;
}

}  // namespace rxlab::dpdk_rx
