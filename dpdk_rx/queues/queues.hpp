// SPDX-License-Identifier: MIT
//
// The two ways to run: one receive queue, or several, and what both do around starting a port.
#pragma once

#include "dpdk_rx/eal/eal.hpp"
#include "dpdk_rx/port/decisions.hpp"
#include "dpdk_rx/port/port.hpp"
#include "dpdk_rx/port/port_options.hpp"
#include "dpdk_rx/source/chores.hpp"
#include "dpdk_rx/source/dpdk_source.hpp"

#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/policy.hpp>
#include <rxlab/rx/summary.hpp>

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::dpdk_rx {

// A port with one receive queue as the source of one pipeline: the case that is compared with other
// receivers, in the loop that they all share. Threading: one thread.
class SingleQueue {
  public:
    // Starts the port and joins the groups; see Port.
    SingleQueue(const PortOptions& options, std::span<const rx::Line> lines)
        : port_{options, lines, std::vector<std::uint16_t>(lines.size(), 0)},
          chores_{port_, options, lines},
          source_{port_, options, {0, {lines.begin(), lines.end()}, {}}, nullptr, &chores_} {}

    std::size_t poll(std::span<rx::PacketView> batch) noexcept { return source_.poll(batch); }
    [[nodiscard]] bool failed() const noexcept { return source_.failed(); }
    [[nodiscard]] bool is_gone() const noexcept { return port_.watch().is_gone(); }
    [[nodiscard]] std::string failure() const { return port_.loss_text(); }
    [[nodiscard]] const std::string& interface() const noexcept { return port_.name(); }
    [[nodiscard]] std::optional<std::uint64_t> drops() const {
        return drops_of(port_, {&source_.counters(), 1});
    }
    [[nodiscard]] const Port& port() const noexcept { return port_; }
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

// On standard error, where `cpu` polls a port of another NUMA node. `wanted`: the port as
// PortOptions::name says it. Throws program::UsageError where there is none.
inline void warn_about_numa(const std::string& wanted, unsigned cpu) {
    const std::uint16_t port = find_port(wanted);
    const std::string warning =
        numa_warning(port_name(port), rte_eth_dev_socket_id(port), cpu, numa_node_of_cpu(cpu));
    if (!warning.empty()) fmt::print(stderr, "{}\n", warning);
}

// Several receive queues, each polled by an lcore of its own with the books of its share of the
// feeds (feed i belongs to queue i modulo the number of queues). The summary, the digest and the
// trace are those of one receiver. Runs from parsed options to the exit status; EAL is up, with at
// least options.queues lcores. The calling thread is the main lcore and takes queue 0. Throws
// program::UsageError or RunError.
int run_several_queues(const rx::Options& options, const PortOptions& port_options,
                       const ControlThreads& threads, const rx::MakePolicy& make_policy);

}  // namespace rxlab::dpdk_rx
