// SPDX-License-Identifier: MIT
//
// What the kernel counts beside the sockets: by interface, by network namespace, by host. A packet
// that is missing may be in one of these counters; so may somebody else's. Threading: stateless.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <string_view>

namespace rxlab::kernel_rx {

// By name; what this kernel does not tell is absent. The name begins with whose counter it is:
//   namespace_udp_receive_buffer_errors  a datagram for a socket whose receive buffer was full
//   namespace_udp_memory_errors          … while all sockets held net.ipv4.udp_mem of memory
//   namespace_udp_checksum_errors        a UDP checksum was wrong
//   namespace_reverse_path_filter        a packet's source is not where it came from (rp_filter)
//   namespace_reassembly_failures        of IP fragments
//   interface_rx_errors, interface_rx_dropped, interface_rx_missed   as `ip -s -s link`
//   host_softnet_dropped                 a CPU's backlog was full (net.core.netdev_max_backlog)
//   host_softnet_time_squeeze            a CPU put packets off, because its turn was over
using HostCounters = std::map<std::string, std::uint64_t>;

[[nodiscard]] HostCounters read_host_counters(unsigned interface_index);

// What was added since. Absent where either is, or where a counter went back (32 bits of some
// wrap).
[[nodiscard]] HostCounters changes(const HostCounters& before, const HostCounters& after);

// A counter of /proc/net/snmp or /proc/net/netstat: pairs of lines, names and then values, that
// both begin with the protocol ("Udp:"). Returns false where there is none of that name.
[[nodiscard]] bool find_counter(std::istream& file, std::string_view protocol,
                                std::string_view name, std::uint64_t& value);

// Why sockets dropped `drops` datagrams: for want of room in the receive buffer, for want of
// memory, for a wrong checksum. A socket has one counter for all three; the namespace has one for
// each, of all its sockets. So each cause is between what the others cannot explain and what the
// namespace counted. Where both are the same, the entry is exact ("dropped_for_checksum"), else
// there are two ("dropped_for_checksum_min", "…_max"). `changed`: changes() over the sockets' life;
// nothing is said where it lacks one of the three.
[[nodiscard]] nlohmann::ordered_json explain_drops(std::uint64_t drops,
                                                   const HostCounters& changed);

}  // namespace rxlab::kernel_rx
