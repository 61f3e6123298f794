// SPDX-License-Identifier: MIT
//
// Reading the clock that a port stamps packets with. Threading: any thread, one at a time.
#pragma once

#include <cstdint>

namespace rxlab::dpdk_rx {

// 0, or a negative error of rte_eth_read_clock(), which drivers may implement.
[[nodiscard]] int read_port_clock(std::uint16_t port, std::uint64_t& clock) noexcept;

}  // namespace rxlab::dpdk_rx
