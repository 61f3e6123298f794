// SPDX-License-Identifier: MIT
//
// The kernel's network interface under a port, where there is one (virtual devices over an
// interface, and drivers that share the NIC with the kernel).
#pragma once

#include <rxlab/program/descriptor.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace rxlab::dpdk_rx {

class KernelInterface {
  public:
    // `index` as in rte_eth_dev_info::if_index; 0: there is none.
    explicit KernelInterface(unsigned index);

    [[nodiscard]] bool exists() const noexcept { return !name_.empty(); }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    // Its first IPv4 address, host order.
    [[nodiscard]] std::optional<std::uint32_t> address() const noexcept;

    // What an administrator may have asked for (`ip link set NAME promisc on`), and some drivers
    // use for their own ends.
    struct Modes {
        bool promiscuous = false;
        bool allmulticast = false;
    };
    [[nodiscard]] Modes modes() const noexcept;
    // Makes them so, where they are not.
    void set_modes(const Modes& modes) const noexcept;
    // Largest IP packet, bytes; 0: not known.
    [[nodiscard]] unsigned mtu() const noexcept;
    [[nodiscard]] unsigned index() const noexcept { return index_; }

  private:
    unsigned index_;
    std::string name_;
    program::Descriptor socket_;
};

}  // namespace rxlab::dpdk_rx
