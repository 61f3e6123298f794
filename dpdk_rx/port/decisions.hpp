// SPDX-License-Identifier: MIT
//
// What a port is set up with, decided from what its driver says of it (rte_eth_dev_info) and from
// the options. Pure functions: port.cpp applies what they say, tests/dpdk_rx/decisions_test.cpp
// holds them against what real drivers say, and docs/dpdk-drivers.md shows which of them matter
// for which driver. `port`: its name, for messages.
#pragma once

#include "dpdk_rx/port/port_options.hpp"

#include <rte_ethdev.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rxlab::dpdk_rx {

// Receive queues, and how feeds come to them unless flow rules do it.
struct QueueChoice {
    std::uint16_t rx_queues = 1;
    std::uint64_t rss_functions = 0;  // RTE_ETH_RSS_…; 0: no RSS
    Distribution distribution = Distribution::automatic;
};
// Throws program::UsageError where the port has not what the options ask for, or would lose what
// comes to queues that nobody polls.
[[nodiscard]] QueueChoice choose_queues(const rte_eth_dev_info& info, const PortOptions& options,
                                        const std::string& port);

// What the port hashes of a datagram's addresses: with its UDP ports where the driver can, because
// many feeds share an address, else by its IP addresses; 0: it has no hash that fits.
[[nodiscard]] std::uint64_t rss_functions(std::uint64_t offered) noexcept;

// The offloads that the options ask for. Throws program::UsageError where the port lacks one, apart
// from vlan-strip: without it, software steps over the tag. `stamps_always`: the driver stamps
// packets and does not call that an offload.
[[nodiscard]] std::uint64_t choose_rx_offloads(const rte_eth_dev_info& info,
                                               const PortOptions& options, bool stamps_always,
                                               const std::string& port);

// Whether the port's stamps of packets can be converted to the receiver's clock.
enum class StampClock {
    port,            // yes: rte_eth_read_clock() reads the clock that they are of
    unreadable,      // the driver has no such function
    another,         // it reads another clock
    software,        // they are not the port's: the kernel or libpcap took them
    several_queues,  // no driver promises that several threads may read it
};
// Why not; for `port` that they are.
[[nodiscard]] const char* to_string(StampClock clock) noexcept;
// `read`: what rte_eth_read_clock() returned.
[[nodiscard]] StampClock stamp_clock_of(const rte_eth_dev_info& info, std::uint16_t queues,
                                        int read) noexcept;

// For rte_eth_dev_configure(). net_af_packet refuses an MTU over 1,500 and takes what its frames
// hold: it is told none.
[[nodiscard]] rte_eth_conf port_configuration(const rte_eth_dev_info& info,
                                              const PortOptions& options, const QueueChoice& queues,
                                              std::uint64_t rx_offloads);

// For rte_eth_rx_queue_setup(): what the driver would take by itself and, with several queues,
// rx_drop_en. Without that a full queue of several NICs (Intel's) holds up the port's packet buffer
// and, with it, the other queues.
[[nodiscard]] rte_eth_rxconf queue_configuration(const rte_eth_dev_info& info,
                                                 std::uint16_t rx_queues) noexcept;

// Of one mbuf, headroom included, so that a whole frame with an IP packet of `mtu` bytes, two VLAN
// tags and the checksum fits into it, and at least what the driver wants (min_rx_bufsize): so no
// frame comes in several.
[[nodiscard]] std::uint16_t mbuf_bytes(const rte_eth_dev_info& info, unsigned mtu) noexcept;

// Throws program::UsageError where `options.mtu` is beyond what the port takes.
void check_mtu(const rte_eth_dev_info& info, const PortOptions& options, const std::string& port);

// Packets of one poll, at least. The vector functions of several drivers return nothing for fewer
// than 8 (RTE_IXGBE_DESCS_PER_LOOP 4, RTE_I40E_DESCS_PER_LOOP_AVX 8, ICE_DESCS_PER_LOOP_AVX 8), and
// a queue that takes packets over from others polls the port for half a burst.
[[nodiscard]] constexpr std::uint16_t burst_min(std::uint16_t queues) noexcept {
    return queues > 1 ? 16 : 8;
}

// Whether the ring of a port that was just started may hold frames that nobody has asked for. Not
// where the driver's wire is a file, a ring or another process's memory: what is there is meant for
// this port.
[[nodiscard]] bool holds_old_frames(std::string_view driver) noexcept;

// Ethernet's PAUSE frames: a port that sends them when its ring fills up stops everybody's packets
// in the switch, and one that obeys them holds back its own reports.
enum class FlowControl {
    unknown,       // the driver does not tell: neither asked for nor changed
    was_off,       // as it was found
    switched_off,  // it was on
    refused,       // it is on, and the driver does not let it be switched off
};
[[nodiscard]] const char* to_string(FlowControl state) noexcept;
// `asked`: what rte_eth_dev_flow_ctrl_get() returned, with `mode` where that is 0; `set`: what
// rte_eth_dev_flow_ctrl_set() returned; it is called only where must_switch_off() says so.
[[nodiscard]] bool must_switch_off(int asked, rte_eth_fc_mode mode) noexcept;
[[nodiscard]] FlowControl flow_control_of(int asked, rte_eth_fc_mode mode, int set) noexcept;

// How the port was made to accept the groups, best first.
enum class MulticastFilter {
    addresses,
    allmulticast,
    promiscuous,
    none,  // the driver has none of these: it filters nothing, or its network has no multicast
};
[[nodiscard]] const char* to_string(MulticastFilter filter) noexcept;

// The NUMA node of a CPU; -1 where the machine does not tell. `sysfs`: "/sys", but for tests.
[[nodiscard]] int numa_node_of_cpu(unsigned cpu, const std::string& sysfs = "/sys");
// A line for standard error where `cpu` polls a port of another NUMA node; empty where all is well,
// or where either belongs to no node.
[[nodiscard]] std::string numa_warning(const std::string& port, int port_node, unsigned cpu,
                                       int cpu_node);

}  // namespace rxlab::dpdk_rx
