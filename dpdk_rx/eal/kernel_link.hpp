// SPDX-License-Identifier: MIT
//
// What the kernel says about one of its network interfaces, by rtnetlink(7): its XDP program, its
// link and what it has counted. Sysfs would show the network namespace that was current when it was
// mounted; this is always the process's own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace rxlab::dpdk_rx {

struct KernelLink {
    unsigned index = 0;
    std::uint32_t xdp_program = 0;  // id, as `ip link` shows it; 0: none is attached
    // Frames since the interface exists (IFLA_STATS64).
    std::uint64_t rx_packets = 0;
    std::uint64_t rx_dropped = 0;
    std::uint32_t carrier_downs = 0;  // how often the link has gone down
};

// Nothing where there is no such interface, or no answer. Waits for whoever changes interfaces just
// now: for set-up and the end, not for the packet path.
[[nodiscard]] std::optional<KernelLink> read_link(const std::string& name) noexcept;

// What the kernel announces of an interface: another XDP program, a link that went down and up. The
// interface's flags tell of a link that is gone up to a second late (linkwatch), and of one that
// was gone for less perhaps nothing; the announcement counts every loss. Threading: one thread.
class LinkNews {
  public:
    // `name` and `index` are the interface's. Where the kernel refuses, nothing is ever told.
    LinkNews(std::string name, unsigned index) noexcept;
    LinkNews(const LinkNews&) = delete;
    LinkNews& operator=(const LinkNews&) = delete;
    ~LinkNews();

    // The interface as it was last announced since the previous call; nothing where it was not.
    // Never waits, but for read_link() where announcements were lost.
    [[nodiscard]] std::optional<KernelLink> next() noexcept;

  private:
    std::string name_;
    unsigned index_;
    int socket_ = -1;
    alignas(8) std::array<std::byte, 32'768> memory_;
};

// Frames that all CPUs together refused because their backlog was full (/proc/net/softnet_stat,
// second column), whatever interface they came from. 0 where that cannot be read.
[[nodiscard]] std::uint64_t softnet_dropped();

}  // namespace rxlab::dpdk_rx
