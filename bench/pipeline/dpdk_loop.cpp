// SPDX-License-Identifier: MIT
#include "dpdk_rx/queues/queues.hpp"
#include "loops.hpp"

#include <rxlab/wire/frame.hpp>

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <stdexcept>

namespace rxlab::bench::pipeline {
namespace {

constexpr double kDpdkGoal_ns = 60;
const wire::Ipv4Endpoint kGroup{0xef010101, 30001};

dpdk_rx::PortOptions options_of(unsigned number, std::uint16_t burst) {
    dpdk_rx::PortOptions options;
    options.name = fmt::format("net_ring{}", number);
    options.burst = burst;
    options.mbufs = 1'023;  // not used: a ring delivers its sender's mbufs
    options.igmp.on = false;
    return options;
}

// Frames on their way through the port: its transmit queue is its receive queue.
class Loader {
  public:
    Loader(const Stream& stream, std::uint16_t port, unsigned number)
        : stream_{stream}, port_{port} {
        pool_.reset(rte_pktmbuf_pool_create(fmt::format("bench{}", number).c_str(), 2'047, 0, 0,
                                            RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY));
        if (!pool_) throw std::runtime_error("no memory for the bench's mbufs: raise -m");
    }

    // Throws std::runtime_error if the ring is too small.
    void load() {
        for (const std::span<std::byte> payload : stream_.packets()) {
            rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_.get());
            if (mbuf == nullptr) throw std::runtime_error("an mbuf did not come back");
            put(*mbuf, payload);
            if (rte_eth_tx_burst(port_, 0, &mbuf, 1) != 1)
                throw std::runtime_error("the ring does not hold that many --packets");
        }
    }

  private:
    static void put(rte_mbuf& mbuf, std::span<const std::byte> payload) {
        wire::UdpFrame fields;
        fields.destination = kGroup.address;
        fields.destination_port = kGroup.port;
        std::byte* const data = rte_pktmbuf_mtod(&mbuf, std::byte*);
        const auto frame =
            wire::build_udp_frame({data, rte_pktmbuf_tailroom(&mbuf)}, fields, payload);
        mbuf.data_len = static_cast<std::uint16_t>(frame.size());
        mbuf.pkt_len = mbuf.data_len;
    }

    const Stream& stream_;
    std::uint16_t port_;
    dpdk_rx::Pool pool_;
};

// A port that says it has failed once it is empty, so that the receive loop ends.
struct UntilEmpty {
    dpdk_rx::SingleQueue& queue;

    std::size_t poll(std::span<rx::PacketView> batch) noexcept { return queue.poll(batch); }
    [[nodiscard]] bool failed() const noexcept { return true; }  // asked after an empty poll only
};

// The least that any program with a DPDK port must do.
latency::Ticks receive_and_free(std::uint16_t port, std::uint16_t burst, latency::Clock clock) {
    std::array<rte_mbuf*, rx::kBatchPackets> mbufs;
    const latency::Ticks start = clock.now();
    for (;;) {
        const std::uint16_t received = rte_eth_rx_burst(port, 0, mbufs.data(), burst);
        if (received == 0) break;
        rte_pktmbuf_free_bulk(mbufs.data(), received);
    }
    return clock.now() - start;
}

}  // namespace

Row time_dpdk(const Plan& plan, latency::Clock clock, unsigned number, std::uint16_t burst,
              std::size_t messages) {
    Row row;
    row.name = "dpdk_rx";
    row.base_name = "rx_burst and free";
    row.packets_per_poll = burst;
    row.messages_per_packet = messages;
    row.goal_ns = messages == 1 ? kDpdkGoal_ns : 0;
    Stream stream{plan.packets, messages};
    const std::uint64_t packets = plan.packets * plan.timing.passes * (plan.timing.rounds + 1);
    Receiver receiver{clock, plan.folder, packets};
    dpdk_rx::SingleQueue queue{options_of(number, burst), std::vector<rx::Line>{{kGroup, {}}}};
    std::uint16_t port = 0;
    rte_eth_dev_get_port_by_name(queue.interface().c_str(), &port);
    Loader loader{stream, port, number};
    UntilEmpty source{queue};
    compare(
        plan.timing, plan.packets,
        [&] {
            loader.load();
            return receive_and_free(port, burst, clock);
        },
        [&] {
            stream.renumber();
            loader.load();
            return receiver.drain(source);
        },
        row);
    receiver.check(packets, packets * messages);
    if (burst == 1)
        row.single = percentiles_of(receiver.steps(plan.timing.ticks_per_ns, plan.packets));
    return row;
}

}  // namespace rxlab::bench::pipeline
