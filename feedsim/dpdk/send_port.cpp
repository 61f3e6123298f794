// SPDX-License-Identifier: MIT
#include "feedsim/dpdk/send_port.hpp"

#include "dpdk_rx/eal/eal.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/monotonic.hpp>
#include <rxlab/program/to_json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <rte_errno.h>
#include <rte_version.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>

namespace rxlab::feedsim {

RXLAB_TO_JSON(SendPortCounters, frames, ring_full, dropped, no_mbuf, longest_wait_ns, unheard_ends);

namespace {

// What both rings may hold, and what is being filled; 2^n - 1 wastes no memory. Those that are used
// last are used again first: most of them are never touched.
constexpr unsigned kMbufs = 8'191, kCacheMbufs = 256;
constexpr std::uint16_t kDescriptors = 1'024;
// A port that is stopped drops what it has not sent yet.
constexpr std::chrono::milliseconds kDrain{10};
constexpr std::chrono::milliseconds kLinkPoll{10};
// When the other end goes, net_memif's interrupt thread unmaps the shared memory, whatever the
// polling thread is doing (memif_disconnect and eth_memif_rx share no lock; DPDK 22.11 to 26.07),
// so the receiver may crash. It goes first, if it does so within this time.
constexpr std::chrono::milliseconds kMemifReceiverGoesFirst{1'000};

void check(int result, const std::string& operation) {
    if (result < 0) throw program::RunError(-result, operation);
}

}  // namespace

SendPort::SendPort(const std::string& name, double link_wait_s, const std::atomic<bool>& stop)
    : id_{dpdk_rx::find_port(name)}, name_{dpdk_rx::port_name(id_)} {
    try {
        configure();
        start(link_wait_s, stop);
    } catch (...) {
        close();  // before the pool goes
        throw;
    }
}

SendPort::~SendPort() {
    if (started_) {
        std::this_thread::sleep_for(kDrain);
        if (driver_ == "net_memif") wait_for_the_receiver_to_go();
        discard_received();
    }
    close();
}

// One queue in each direction: several virtual drivers insist on as many of one as of the other.
void SendPort::configure() {
    rte_eth_dev_info info{};
    check(rte_eth_dev_info_get(id_, &info), "read the capabilities of port " + name_);
    driver_ = info.driver_name;
    const int socket = rte_eth_dev_socket_id(id_);
    pool_.reset(rte_pktmbuf_pool_create("rxlab_feeds", kMbufs, kCacheMbufs, 0,
                                        RTE_MBUF_DEFAULT_BUF_SIZE, socket));
    if (!pool_) {
        throw program::RunError(rte_errno, fmt::format("allocate {} mbufs", kMbufs),
                                "give EAL more memory (-m MEGABYTES, huge pages)");
    }
    rte_eth_conf conf{};
    conf.intr_conf.lsc = (*info.dev_flags & RTE_ETH_DEV_INTR_LSC) != 0 ? 1 : 0;
    check(rte_eth_dev_configure(id_, 1, 1, &conf), "configure port " + name_);
    std::uint16_t receive = kDescriptors;
    descriptors_ = kDescriptors;
    check(rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive, &descriptors_),
          "choose the ring sizes of port " + name_);
    const auto node = static_cast<unsigned>(socket);
    check(rte_eth_rx_queue_setup(id_, 0, receive, node, nullptr, pool_.get()),
          "set up the receive queue of port " + name_);
    check(rte_eth_tx_queue_setup(id_, 0, descriptors_, node, nullptr),
          "set up the transmit queue of port " + name_);
}

void SendPort::start(double link_wait_s, const std::atomic<bool>& stop) {
    const int result = rte_eth_dev_start(id_);
    started_ = result == 0;
    check(result, "start port " + name_);
    wait_for_link(link_wait_s, stop);
    dpdk_rx::Eal::hush(
        "pmd.net.virtio.*");  // it repeats that the link went down; this says it once
    discard_received();
}

void SendPort::wait_for_link(double seconds, const std::atomic<bool>& stop) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!link_is_up()) {
        if (stop) {
            throw program::RunError(fmt::format(
                "send through port {}: told to stop while waiting for its link", name_));
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            throw program::RunError(fmt::format(
                "send through port {}: no link after {} s; start the receiver at its other end "
                "first (or check the cable), or wait longer with --link-wait",
                name_, seconds));
        }
        std::this_thread::sleep_for(kLinkPoll);
    }
}

void SendPort::wait_for_the_receiver_to_go() const noexcept {
    const auto deadline = std::chrono::steady_clock::now() + kMemifReceiverGoesFirst;
    while (link_is_up() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(kLinkPoll);
}

// net_memif makes room for incoming frames only when it is polled for them the first time.
void SendPort::discard_received() noexcept {
    std::array<rte_mbuf*, 32> mbufs;
    for (unsigned left = kMbufs; left > 0;) {
        const std::uint16_t count =
            rte_eth_rx_burst(id_, 0, mbufs.data(), static_cast<std::uint16_t>(mbufs.size()));
        if (count == 0) return;
        rte_pktmbuf_free_bulk(mbufs.data(), count);
        left -= std::min<unsigned>(left, count);
    }
}

void SendPort::close() noexcept {
    if (started_) rte_eth_dev_stop(id_);
    rte_eth_dev_close(id_);
}

wire::MacAddress SendPort::mac() const noexcept {
    rte_ether_addr address{};
    rte_eth_macaddr_get(id_, &address);
    wire::MacAddress mac;
    static_assert(sizeof mac == sizeof address);
    std::memcpy(&mac, address.addr_bytes, sizeof mac);
    return mac;
}

// A port that knows no link counts as up.
bool SendPort::link_is_up() const noexcept {
    rte_eth_link link{};
    const int result = rte_eth_link_get_nowait(id_, &link);
    return result == -ENOTSUP || (result == 0 && link.link_status == RTE_ETH_LINK_UP);
}

rte_mbuf* SendPort::buffer() noexcept {
    rte_mbuf* const mbuf = rte_pktmbuf_alloc(pool_.get());
    if (mbuf == nullptr) ++counters_.no_mbuf;
    return mbuf;
}

Handover SendPort::wait_for_room(rte_mbuf* frame) noexcept {
    const auto start = static_cast<std::uint64_t>(program::monotonic_ns());
    std::uint64_t waited_ns = 0;
    bool has_link = link_is_up();
    if (has_link) ++counters_.ring_full;
    while (has_link && !ring_is_stuck_ && waited_ns < kPatience_ns) {
        const bool taken = rte_eth_tx_burst(id_, 0, &frame, 1) == 1;
        waited_ns = static_cast<std::uint64_t>(program::monotonic_ns()) - start;
        if (taken) {
            ++counters_.frames;
            counters_.longest_wait_ns = std::max(counters_.longest_wait_ns, waited_ns);
            return Handover::taken;
        }
    }
    rte_pktmbuf_free(frame);
    has_link = link_is_up();
    if (!has_link) return Handover::link_is_down;
    ring_is_stuck_ = true;
    ++counters_.dropped;
    return Handover::dropped;
}

nlohmann::ordered_json SendPort::report() const {
    nlohmann::ordered_json json{{"name", name_},
                                {"driver", driver_},
                                {"dpdk_version", rte_version()},
                                {"tx_descriptors", descriptors_}};
    to_json(json, counters_);
    return json;
}

}  // namespace rxlab::feedsim
