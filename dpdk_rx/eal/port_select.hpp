// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace rxlab::dpdk_rx {

// The port that is meant by a name, a number, or nothing (where there is only one). Throws
// program::UsageError that lists the ports there are.
[[nodiscard]] std::uint16_t find_port(const std::string& wanted);

[[nodiscard]] std::string port_name(std::uint16_t id);

}  // namespace rxlab::dpdk_rx
