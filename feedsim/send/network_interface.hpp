// SPDX-License-Identifier: MIT
//
// A network interface that packets can be sent from, as the kernel describes it.
#pragma once

#include <rxlab/wire/ethernet.hpp>

#include <cstdint>
#include <string>

namespace rxlab::feedsim {

struct NetworkInterface {
    int index;
    wire::MacAddress mac;   // zeros if it has none (lo)
    std::uint32_t address;  // first IPv4 address, host order; 0 if it has none

    // Throws program::RunError unless the interface exists and is up (netdevice(7)).
    static NetworkInterface find(const std::string& name);
};

}  // namespace rxlab::feedsim
