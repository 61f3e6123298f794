// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/kernel_link.hpp"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

namespace rxlab::dpdk_rx {
namespace {

// Calls `visitor(type, bytes)` for each attribute; stops where lengths make no sense.
template <typename Visitor>
void for_each_attribute(std::span<const std::byte> bytes, Visitor&& visitor) noexcept {
    while (bytes.size() >= sizeof(nlattr)) {
        nlattr header;
        std::memcpy(&header, bytes.data(), sizeof header);
        if (header.nla_len < sizeof header || header.nla_len > bytes.size()) return;
        visitor(header.nla_type & NLA_TYPE_MASK,
                bytes.subspan(sizeof header, header.nla_len - sizeof header));
        const std::size_t step = NLA_ALIGN(header.nla_len);
        bytes = bytes.subspan(step < bytes.size() ? step : bytes.size());
    }
}

// Zero where the attribute is too short, as an older kernel's may be.
template <typename T>
T field(std::span<const std::byte> bytes, std::size_t offset = 0) noexcept {
    T value{};
    if (bytes.size() >= offset + sizeof value)
        std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

// The same program is told once by itself and once by its mode (in the driver, generic, in the
// NIC); where there are several, only by mode.
std::uint32_t program_in(std::span<const std::byte> bytes) noexcept {
    std::uint32_t program = 0;
    for_each_attribute(bytes, [&](int type, std::span<const std::byte> value) {
        if (type != IFLA_XDP_PROG_ID && type != IFLA_XDP_DRV_PROG_ID &&
            type != IFLA_XDP_SKB_PROG_ID && type != IFLA_XDP_HW_PROG_ID)
            return;
        if (program == 0) program = field<std::uint32_t>(value);
    });
    return program;
}

// `message`: of RTM_NEWLINK, behind the netlink header.
KernelLink link_in(std::span<const std::byte> message) noexcept {
    KernelLink link;
    link.index = static_cast<unsigned>(field<ifinfomsg>(message).ifi_index);
    if (message.size() < NLMSG_ALIGN(sizeof(ifinfomsg))) return link;
    for_each_attribute(
        message.subspan(NLMSG_ALIGN(sizeof(ifinfomsg))),
        [&](int type, std::span<const std::byte> value) {
            if (type == IFLA_XDP) link.xdp_program = program_in(value);
            if (type == IFLA_CARRIER_DOWN_COUNT) link.carrier_downs = field<std::uint32_t>(value);
            if (type != IFLA_STATS64) return;
            link.rx_packets = field<std::uint64_t>(value, offsetof(rtnl_link_stats64, rx_packets));
            link.rx_dropped = field<std::uint64_t>(value, offsetof(rtnl_link_stats64, rx_dropped));
        });
    return link;
}

// Calls `visitor(header, payload)` for each message.
template <typename Visitor>
void for_each_message(std::span<const std::byte> bytes, Visitor&& visitor) noexcept {
    while (bytes.size() >= sizeof(nlmsghdr)) {
        const auto header = field<nlmsghdr>(bytes);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size()) return;
        visitor(header, bytes.subspan(sizeof header, header.nlmsg_len - sizeof header));
        const std::size_t step = NLMSG_ALIGN(header.nlmsg_len);
        bytes = bytes.subspan(step < bytes.size() ? step : bytes.size());
    }
}

int open_netlink(unsigned groups) noexcept {
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = groups;
    if (fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

}  // namespace

std::optional<KernelLink> read_link(const std::string& name) noexcept {
    struct {
        nlmsghdr header{};
        ifinfomsg link{};
        nlattr attribute{};
        std::array<char, IFNAMSIZ> name{};
    } request;
    if (name.empty() || name.size() >= request.name.size()) return std::nullopt;
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = RTM_GETLINK;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.attribute.nla_len = sizeof request.attribute + sizeof request.name;
    request.attribute.nla_type = IFLA_IFNAME;
    name.copy(request.name.data(), name.size());

    const int fd = open_netlink(0);
    if (fd < 0) return std::nullopt;
    std::optional<KernelLink> found;
    alignas(8) std::array<std::byte, 32'768> memory;
    if (send(fd, &request, sizeof request, 0) == static_cast<ssize_t>(sizeof request)) {
        const ssize_t bytes = recv(fd, memory.data(), memory.size(), 0);
        for_each_message({memory.data(), static_cast<std::size_t>(bytes < 0 ? 0 : bytes)},
                         [&](const nlmsghdr& header, std::span<const std::byte> message) {
                             if (header.nlmsg_type == RTM_NEWLINK) found = link_in(message);
                         });
    }
    close(fd);
    return found;
}

LinkNews::LinkNews(std::string name, unsigned index) noexcept
    : name_{std::move(name)}, index_{index}, socket_{open_netlink(RTMGRP_LINK)} {}

LinkNews::~LinkNews() {
    if (socket_ >= 0) close(socket_);
}

std::optional<KernelLink> LinkNews::next() noexcept {
    std::optional<KernelLink> news;
    while (socket_ >= 0) {
        const ssize_t bytes = recv(socket_, memory_.data(), memory_.size(), MSG_DONTWAIT);
        if (bytes < 0 && errno == ENOBUFS) {  // more was announced than there was room for
            const std::optional<KernelLink> link = read_link(name_);
            if (link && link->index == index_) news = link;
            continue;
        }
        if (bytes <= 0) break;
        for_each_message({memory_.data(), static_cast<std::size_t>(bytes)},
                         [&](const nlmsghdr& header, std::span<const std::byte> message) {
                             if (header.nlmsg_type != RTM_NEWLINK) return;
                             const KernelLink link = link_in(message);
                             if (link.index == index_) news = link;
                         });
    }
    return news;
}

std::uint64_t softnet_dropped() {
    std::uint64_t total = 0;
    std::ifstream file{"/proc/net/softnet_stat"};
    for (std::string line; std::getline(file, line);) {  // hexadecimal, one CPU a line
        const std::size_t second = line.find(' ');
        if (second == std::string::npos) continue;
        total += std::strtoull(line.c_str() + second, nullptr, 16);
    }
    return total;
}

}  // namespace rxlab::dpdk_rx
