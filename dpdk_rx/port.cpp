// SPDX-License-Identifier: MIT
#include "port.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/ethernet.hpp>

#include <fmt/format.h>
#include <net/if.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

std::string port_name(std::uint16_t id) {
    std::array<char, RTE_ETH_NAME_MAX_LEN> name{};
    rte_eth_dev_get_name_by_port(id, name.data());
    return name.data();
}

std::string port_names() {
    std::string names;
    for (std::uint16_t id = rte_eth_find_next(0); id < RTE_MAX_ETHPORTS;
         id = rte_eth_find_next(static_cast<std::uint16_t>(id + 1))) {
        if (!names.empty()) names += ", ";
        names += fmt::format("{} ({})", id, port_name(id));
    }
    return names;
}

std::uint16_t find_port(const std::string& wanted) {
    const unsigned available = rte_eth_dev_count_avail();
    if (available == 0) {
        throw program::UsageError(
            "EAL found no port; give it a virtual one (--vdev net_af_packet0,iface=NAME) or bind a "
            "NIC (`dpdk-devbind.py --status`) before the --");
    }
    if (wanted.empty()) {
        if (available == 1) return rte_eth_find_next(0);
        throw program::UsageError("EAL found several ports; choose with --interface: " +
                                  port_names());
    }
    std::uint16_t id = 0;
    if (rte_eth_dev_get_port_by_name(wanted.c_str(), &id) == 0) return id;
    const char* const end = wanted.data() + wanted.size();
    const auto [rest, error] = std::from_chars(wanted.data(), end, id);
    if (error == std::errc{} && rest == end && rte_eth_dev_is_valid_port(id) != 0) return id;
    throw program::UsageError(
        fmt::format("--interface {}: no such port; EAL found {}", wanted, port_names()));
}

void check(int result, const std::string& operation) {
    if (result < 0) throw program::RunError(-result, operation);
}

// A virtual port over a kernel interface is useless while that interface is down, and most such
// drivers report their link as up regardless.
void require_interface_up(const std::string& port, unsigned index) {
    if (index == 0) return;
    ifreq request{};
    if (if_indextoname(index, request.ifr_name) == nullptr) return;
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool known = probe >= 0 && ioctl(probe, SIOCGIFFLAGS, &request) == 0;
    if (probe >= 0) close(probe);
    if (!known) return;
    const auto flags = static_cast<unsigned short>(request.ifr_flags);
    if ((flags & IFF_UP) == 0) {
        throw program::RunError(
            fmt::format("start port {}: interface {} is down; bring it up: ip link "
                        "set {} up",
                        port, request.ifr_name, request.ifr_name));
    }
}

}  // namespace

const char* to_string(MulticastFilter filter) noexcept {
    switch (filter) {
        case MulticastFilter::addresses:
            return "addresses";
        case MulticastFilter::allmulticast:
            return "allmulticast";
        case MulticastFilter::promiscuous:
            return "promiscuous";
    }
    return "unknown";
}

Port::Port(const PortOptions& options, std::span<const wire::Ipv4Endpoint> groups)
    : id_{find_port(options.name)}, name_{port_name(id_)} {
    rte_eth_dev_info info{};
    check(rte_eth_dev_info_get(id_, &info), "read the capabilities of port " + name_);
    driver_ = info.driver_name;
    require_interface_up(name_, info.if_index);
    configure(options);
    check(rte_eth_dev_start(id_), "start port " + name_);
    try {
        filter_multicast(groups);
        wait_for_link(options.link_timeout_s);
    } catch (...) {
        rte_eth_dev_stop(id_);
        throw;
    }
    rte_eth_dev_callback_register(id_, RTE_ETH_EVENT_INTR_RMV, &Port::on_removal, this);
    rte_eth_stats_get(id_, &at_start_);
}

Port::~Port() {
    rte_eth_dev_callback_unregister(id_, RTE_ETH_EVENT_INTR_RMV, &Port::on_removal, this);
    rte_eth_dev_stop(id_);
    rte_eth_dev_close(id_);
}

// One receive queue, and one transmit queue that is never used: several virtual drivers insist on
// as many of the one as of the other.
void Port::configure(const PortOptions& options) {
    const int socket = rte_eth_dev_socket_id(id_);
    rte_eth_conf conf{};
    check(rte_eth_dev_configure(id_, 1, 1, &conf), "configure port " + name_);
    std::uint16_t receive_descriptors = options.descriptors;
    std::uint16_t transmit_descriptors = 512;
    check(rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive_descriptors, &transmit_descriptors),
          "choose the ring sizes of port " + name_);
    constexpr unsigned kCacheMbufs = 256;
    pool_.reset(rte_pktmbuf_pool_create("rxlab_mbufs", options.mbufs, kCacheMbufs, 0,
                                        RTE_MBUF_DEFAULT_BUF_SIZE, socket));
    if (!pool_) {
        throw program::RunError(
            rte_errno, fmt::format("allocate {} mbufs", options.mbufs),
            "give EAL more memory (-m MEGABYTES, huge pages) or ask for fewer --mbufs");
    }
    check(rte_eth_rx_queue_setup(id_, 0, receive_descriptors, static_cast<unsigned>(socket),
                                 nullptr, pool_.get()),
          "set up the receive queue of port " + name_);
    check(rte_eth_tx_queue_setup(id_, 0, transmit_descriptors, static_cast<unsigned>(socket),
                                 nullptr),
          "set up the transmit queue of port " + name_);
}

void Port::filter_multicast(std::span<const wire::Ipv4Endpoint> groups) {
    std::vector<rte_ether_addr> addresses;
    for (const wire::Ipv4Endpoint& group : groups) {
        const auto mac = wire::multicast_mac(group.address);
        rte_ether_addr address{};
        static_assert(sizeof mac == sizeof address.addr_bytes);
        std::memcpy(address.addr_bytes, &mac, sizeof mac);
        addresses.push_back(address);
    }
    if (rte_eth_dev_set_mc_addr_list(id_, addresses.data(),
                                     static_cast<std::uint32_t>(addresses.size())) == 0) {
        filter_ = MulticastFilter::addresses;
    } else if (rte_eth_allmulticast_enable(id_) == 0) {
        filter_ = MulticastFilter::allmulticast;
    } else {
        const int result = rte_eth_promiscuous_enable(id_);
        // Drivers that fake a wire (rings, captures, null) filter nothing and support none of it.
        if (result != 0 && result != -ENOTSUP) {
            check(result, "make port " + name_ + " accept multicast");
        }
        filter_ = MulticastFilter::promiscuous;
    }
}

void Port::wait_for_link(double timeout_s) const {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_s);
    for (;;) {
        rte_eth_link link{};
        check(rte_eth_link_get_nowait(id_, &link), "read the link state of port " + name_);
        if (link.link_status == RTE_ETH_LINK_UP) return;
        if (std::chrono::steady_clock::now() >= deadline) break;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    throw program::RunError(fmt::format(
        "start port {}: no link after {} s; check the cable or the other end, or wait longer with "
        "--link-timeout",
        name_, timeout_s));
}

rte_eth_stats Port::statistics() const noexcept {
    rte_eth_stats now{};
    rte_eth_stats_get(id_, &now);
    now.ipackets -= at_start_.ipackets;
    now.ibytes -= at_start_.ibytes;
    now.imissed -= at_start_.imissed;
    now.ierrors -= at_start_.ierrors;
    now.rx_nombuf -= at_start_.rx_nombuf;
    return now;
}

int Port::on_removal(std::uint16_t, rte_eth_event_type, void* self, void*) noexcept {
    static_cast<Port*>(self)->removed_.store(true, std::memory_order_relaxed);
    return 0;
}

}  // namespace rxlab::dpdk_rx
