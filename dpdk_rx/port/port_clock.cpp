// SPDX-License-Identifier: MIT
// rte_eth_read_clock() is experimental since DPDK 19.08.
#define ALLOW_EXPERIMENTAL_API
#include "dpdk_rx/port/port_clock.hpp"

#include <rte_ethdev.h>

namespace rxlab::dpdk_rx {

int read_port_clock(std::uint16_t port, std::uint64_t& clock) noexcept {
    return rte_eth_read_clock(port, &clock);
}

}  // namespace rxlab::dpdk_rx
