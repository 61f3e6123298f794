// SPDX-License-Identifier: MIT
//
// What the kernel says of a network interface through rtnetlink(7), its link, its counters, its XDP
// program: unasked when it changes (RTNLGRP_LINK), and when asked. Always that of this process's
// network namespace, which is not sure of /sys. Threading: the functions are stateless.
#pragma once

#include <linux/if_link.h>

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <span>
#include <string>

namespace rxlab::link {

inline constexpr std::size_t kLinkMessageBytesMax = 32'768;  // netlink(7)
inline constexpr unsigned kLowerUp = 1U << 16;               // IFF_LOWER_UP: not in <net/if.h>

struct LinkMessage {
    unsigned index = 0;
    bool removed = false;  // deleted, or moved to another network namespace
    unsigned flags = 0;    // IFF_…: netdevice(7)
    std::optional<rtnl_link_stats64> statistics;
    std::optional<std::uint32_t> carrier_down_count;  // since the interface was made; Linux 4.16
    std::uint32_t xdp_program = 0;                    // id, as `ip link` shows it; 0: none

    [[nodiscard]] bool is_set_up() const noexcept;  // by the administrator
    // Set up, and its carrier is there (IFF_LOWER_UP). IFF_RUNNING says so up to a second later.
    [[nodiscard]] bool has_link() const noexcept;
};

// Takes the next message about an interface off the front of what one recv(2) brought. Empty where
// there is none left. Messages about bridge ports (AF_BRIDGE), which come on the same group, are
// passed over: there "deleted" means that the interface has left a bridge. Never reads beyond
// `rest`, whatever that holds.
[[nodiscard]] std::optional<LinkMessage> take_link_message(
    std::span<const std::byte>& rest) noexcept;

// Asks for the interface with this index: `removed` where there is none. Empty where there is no
// answer. May wait for changes of other interfaces to be done (the kernel's RTNL lock): not for the
// packet path. Without netlink (a sandbox) the flags alone, by ioctl(2).
[[nodiscard]] std::optional<LinkMessage> ask_for_link(unsigned index) noexcept;

// The longest IP packet of an interface, in bytes (netdevice(7): SIOCGIFMTU). Throws
// program::RunError.
[[nodiscard]] unsigned mtu_of(const std::string& interface);

// What all CPUs together say of their backlogs, whatever interface the packets came from.
struct Softnet {
    std::uint64_t dropped = 0;       // a backlog was full (net.core.netdev_max_backlog)
    std::uint64_t time_squeeze = 0;  // a CPU put packets off, because its turn was over
};
// Sums up columns 1 and 2 (counted from 0) of /proc/net/softnet_stat. False where it is not such a
// file.
[[nodiscard]] bool read_softnet(std::istream& file, Softnet& softnet);

}  // namespace rxlab::link
