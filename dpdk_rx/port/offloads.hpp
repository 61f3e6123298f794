// SPDX-License-Identifier: MIT
//
// The receive offloads that make sense for this program, by the names that people write.
#pragma once

#include <cstdint>
#include <string>

namespace rxlab::dpdk_rx {

// "vlan-strip,udp-checksum" as RTE_ETH_RX_OFFLOAD_… bits. Throws CLI::ValidationError.
[[nodiscard]] std::uint64_t parse_rx_offloads(const std::string& list);

// All names; those of `offloads` only.
[[nodiscard]] std::string rx_offload_names();
[[nodiscard]] std::string rx_offload_names(std::uint64_t offloads);

}  // namespace rxlab::dpdk_rx
