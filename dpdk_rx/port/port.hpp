// SPDX-License-Identifier: MIT
//
// One DPDK Ethernet port, from selection to started, and stopped again by the destructor. Works
// with whatever EAL can offer: a NIC bound to vfio-pci or a virtual device. Ownership: the port's
// queues, its mbuf pool, its rules. Threading: set up by one thread; then each queue is polled by
// one thread, which may be another.
#pragma once

#include "dpdk_rx/eal/vdev_arguments.hpp"
#include "dpdk_rx/port/decisions.hpp"
#include "dpdk_rx/port/flow_rules.hpp"
#include "dpdk_rx/port/kernel_interface.hpp"
#include "dpdk_rx/port/port_options.hpp"
#include "dpdk_rx/port/port_sockets.hpp"
#include "dpdk_rx/port/port_watch.hpp"

#include <rxlab/link/interface_counters.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/ethernet.hpp>

#include <nlohmann/json_fwd.hpp>
#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::dpdk_rx {

// Where an mbuf keeps the port's time stamp (rte_mbuf_dyn.h).
struct TimestampField {
    int offset = 0;
    std::uint64_t flag = 0;  // in ol_flags, where the stamp is valid
};

struct PoolDeleter {
    void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
};
using Pool = std::unique_ptr<rte_mempool, PoolDeleter>;

// What was lost before anybody could take it, since the port was started. A counter that nobody
// keeps is absent, and says why.
struct PortLosses {
    // Frames that the kernel's sockets under the port had no room for.
    std::optional<std::uint64_t> socket;
    // Frames that the port's own ring had no room for (rte_eth_stats::imissed).
    std::optional<std::uint64_t> imissed;
    std::string not_counted;      // why there is neither
    std::uint64_t rx_nombuf = 0;  // attempts to refill the ring that found no mbuf
    std::uint64_t ierrors = 0;    // frames

    // Frames in all; nothing where nobody counts what found no room.
    [[nodiscard]] std::optional<std::uint64_t> frames() const noexcept;
};

class Port {
  public:
    // `queue_of`: for each line, the queue that keeps its books. Throws program::UsageError (no
    // such port, nothing that it can do) or program::RunError (anything the driver refuses).
    Port(const PortOptions& options, std::span<const rx::Line> lines,
         std::span<const std::uint16_t> queue_of);
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    ~Port();

    [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    // NUMA node; SOCKET_ID_ANY where the port has none.
    [[nodiscard]] int socket() const noexcept { return socket_; }
    // May be fewer than were asked for: see Distribution::software.
    [[nodiscard]] std::uint16_t rx_queues() const noexcept { return queues_.rx_queues; }
    [[nodiscard]] const std::optional<TimestampField>& timestamps() const noexcept {
        return timestamps_;
    }
    // Of those stamps.
    [[nodiscard]] StampClock stamp_clock() const noexcept { return stamp_clock_; }
    // For what is sent; null where membership reports are off.
    [[nodiscard]] rte_mempool* transmit_pool() const noexcept { return transmit_pool_.get(); }
    [[nodiscard]] wire::MacAddress mac() const noexcept;
    [[nodiscard]] const KernelInterface& kernel() const noexcept { return kernel_; }
    [[nodiscard]] PortWatch& watch() noexcept { return *watch_; }
    [[nodiscard]] const PortWatch& watch() const noexcept { return *watch_; }
    // Why nothing comes any more.
    [[nodiscard]] std::string loss_text() const;

    // Cheap enough while receiving.
    [[nodiscard]] PortLosses losses() const;
    // Ports over a kernel interface may get several packets of a sender as one frame
    // (segmentation offload).
    [[nodiscard]] bool may_join_packets() const noexcept { return kernel_.exists(); }
    // What makes room for IP packets of so many bytes, as the end of a sentence.
    [[nodiscard]] std::string remedy_for(unsigned mtu) const;
    // What the summary says about the port, extended statistics included.
    [[nodiscard]] nlohmann::ordered_json report() const;

  private:
    void choose_offloads(const PortOptions& options);
    void choose_ring(const PortOptions& options);
    void configure(const PortOptions& options);
    void set_up_queues(const PortOptions& options);
    void allocate_pools(const PortOptions& options, std::uint16_t transmit_descriptors);
    void start(const PortOptions& options, std::span<const rx::Line> lines,
               std::span<const std::uint16_t> queue_of);
    void distribute(const PortOptions& options, std::span<const rx::Line> lines,
                    std::span<const std::uint16_t> queue_of);
    void filter_multicast(std::span<const rx::Line> lines);
    void keep_modes() noexcept;
    void switch_flow_control_off() noexcept;
    [[nodiscard]] std::uint64_t missed_so_far() const noexcept;
    void drain() noexcept;
    void begin_counting();
    void filter_vlan(const PortOptions& options);
    void close() noexcept;
    [[nodiscard]] bool has_anothers_xdp_program() const noexcept;
    [[nodiscard]] bool is(const char* driver) const noexcept;
    [[nodiscard]] bool has_peer_process() const noexcept;
    [[nodiscard]] rte_eth_stats statistics() const noexcept;
    [[nodiscard]] std::vector<std::uint64_t> read_extended() const;
    [[nodiscard]] nlohmann::ordered_json extended_report() const;

    std::uint16_t id_;
    std::string name_;
    rte_eth_dev_info info_{};
    VdevArguments vdev_;
    KernelInterface kernel_;
    KernelInterface::Modes kernel_modes_;  // as they were found
    mutable PortSockets sockets_;          // whose counters are reset by reading them
    std::vector<int> xdp_sockets_of_others_;
    int socket_ = SOCKET_ID_ANY;
    QueueChoice queues_;
    std::uint32_t rx_descriptors_ = 0;
    unsigned frame_bytes_ = 0;
    // Before anybody asked for packets: found in the ring, and without room in it.
    std::uint64_t frames_before_start_ = 0;
    std::uint64_t drops_before_start_ = 0;
    link::InterfaceCounters kernel_at_start_;  // of the interface under the port
    std::uint64_t offloads_ = 0;
    FlowControl flow_control_ = FlowControl::unknown;
    std::optional<rte_eth_fc_conf> flow_control_before_;  // where it was switched off
    bool started_ = false;
    std::optional<TimestampField> timestamps_;
    StampClock stamp_clock_ = StampClock::unreadable;
    // The driver holds mbufs of both until it is closed.
    Pool pool_;
    Pool transmit_pool_;
    std::uint32_t mbufs_ = 0;
    MulticastFilter filter_ = MulticastFilter::addresses;
    bool filter_was_open_ = false;  // before this port opened it
    FlowRules rules_;
    std::string flow_refusal_;
    rte_eth_stats at_start_{};
    std::vector<std::uint64_t> extended_at_start_;
    std::optional<PortWatch> watch_;
};

}  // namespace rxlab::dpdk_rx
