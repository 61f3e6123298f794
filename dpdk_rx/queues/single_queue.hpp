// SPDX-License-Identifier: MIT
//
// A port with one receive queue as the source of one pipeline: the case that is compared with other
// receivers, in the loop that they all share. Threading: one thread.
#pragma once

#include "dpdk_rx/port/port.hpp"
#include "dpdk_rx/source/chores.hpp"
#include "dpdk_rx/source/dpdk_source.hpp"

#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::dpdk_rx {

class SingleQueue {
  public:
    // Starts the port and joins the groups; see Port.
    SingleQueue(const PortOptions& options, std::span<const rx::Line> lines)
        : port_{options, lines, std::vector<std::uint16_t>(lines.size(), 0)},
          chores_{port_, options, lines},
          source_{port_, options, {0, {lines.begin(), lines.end()}, {}}, nullptr, &chores_} {}

    std::size_t poll(std::span<rx::PacketView> batch) noexcept { return source_.poll(batch); }
    [[nodiscard]] bool failed() const noexcept { return source_.failed(); }
    [[nodiscard]] std::string failure() const { return port_.loss_text(); }
    [[nodiscard]] const std::string& interface() const noexcept { return port_.name(); }
    [[nodiscard]] std::optional<std::uint64_t> drops() const {
        return drops_of(port_, {&source_.counters(), 1});
    }
    // At the end: leaves the groups, so that the report can say so.
    [[nodiscard]] rx::SourceReport report() {
        chores_.leave();
        warn_about_cut_frames(port_, {&source_.counters(), 1});
        return report_of(port_, chores_, {&source_.counters(), 1});
    }

  private:
    Port port_;
    Chores chores_;
    DpdkSource source_;
};

static_assert(rx::PacketSource<SingleQueue>);

}  // namespace rxlab::dpdk_rx
