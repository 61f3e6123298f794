// SPDX-License-Identifier: MIT
//
// After start-up nothing in dpdk_rx's packet path allocates, neither from malloc nor from EAL's
// heap: frames on a net_ring port, whose transmit queue leads back to its receive queue. Each test
// has a port of its own, because a port that was closed is gone.
#include "counted.hpp"
#include "dpdk_rx/eal/eal.hpp"
#include "dpdk_rx/queues/order_queue.hpp"
#include "dpdk_rx/queues/queues.hpp"
#include "packets.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/receive.hpp>
#include <rxlab/wire/frame.hpp>

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

namespace rxlab::test {
namespace {

// Puts frames on the port just before they are polled, all kinds of them.
class RingFeed {
  public:
    RingFeed(dpdk_rx::SingleQueue& source, const std::vector<Bytes>& packets, std::uint16_t port,
             rte_mempool* pool, const wire::Ipv4Endpoint& group)
        : source_{source}, packets_{packets}, port_{port}, pool_{pool}, group_{group} {}

    std::size_t poll(std::span<rx::PacketView> batch) noexcept {
        for (int i = 0; i < 20 && next_ < packets_.size(); ++i)
            put(packets_[next_++]);
        return source_.poll(batch);
    }
    bool failed() const noexcept { return next_ == packets_.size(); }

  private:
    void put(const Bytes& payload) noexcept {
        std::array<std::byte, 1'600> memory;
        wire::UdpFrame fields;
        fields.destination = group_.address + (next_ % 17 == 0 ? 1 : 0);  // another group's
        fields.destination_port = group_.port;
        fields.vlan = next_ % 5 == 0 ? 7 : 0;
        std::span<const std::byte> frame = wire::build_udp_frame(memory, fields, payload);
        if (next_ % 23 == 0) frame = frame.first(30);  // cut short
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
        if (mbuf == nullptr) return;
        std::memcpy(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame.size())),
                    frame.data(), frame.size());
        if (rte_eth_tx_burst(port_, 0, &mbuf, 1) != 1) rte_pktmbuf_free(mbuf);
    }

    dpdk_rx::SingleQueue& source_;
    const std::vector<Bytes>& packets_;
    std::uint16_t port_;
    rte_mempool* pool_;
    wire::Ipv4Endpoint group_;
    std::size_t next_ = 0;
};

// Of all that is on the ring.
void drop_everything(std::uint16_t port) {
    std::array<rte_mbuf*, 32> burst;
    while (const std::uint16_t count = rte_eth_rx_burst(port, 0, burst.data(), burst.size()))
        rte_pktmbuf_free_bulk(burst.data(), count);
}

unsigned eal_allocations() {
    rte_malloc_socket_stats stats{};
    unsigned count = 0;
    for (int node = 0; node < RTE_MAX_NUMA_NODES; ++node) {
        if (rte_malloc_get_socket_stats(node, &stats) == 0) count += stats.alloc_count;
    }
    return count;
}

TEST(DpdkReceiving, AllocatesNothing) {
    if (!allocations_are_counted()) GTEST_SKIP() << "skipped: a sanitizer has its own malloc";
    const std::string path = std::filesystem::temp_directory_path() /
                             ("dpdk_allocation_test." + std::to_string(getpid()));
    rte_mempool* const pool =
        rte_pktmbuf_pool_create("sent", 511, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    ASSERT_NE(pool, nullptr);
    std::uint16_t port = 0;
    ASSERT_EQ(rte_eth_dev_get_port_by_name("net_ring0", &port), 0);
    dpdk_rx::PortOptions port_options;
    port_options.name = "net_ring0";
    port_options.mbufs = 511;
    port_options.rx_descriptors = 64;
    port_options.igmp.on = false;  // a ring would give its reports back
    rx::Options options = receiving(path);
    options.exit_at_end_of_session = false;  // a frame that is cut short may be the last
    const latency::Clock clock = latency::Clock::detect();
    latency::TraceWriter trace{path, latency::TraceKind::receiver, 500, clock};
    rx::Pipeline pipeline{options, clock, &trace};
    rx::Wakeup wakeup;
    latency::StallLog stalls{1};
    dpdk_rx::SingleQueue queue{port_options, rx::lines_of(options)};
    const std::vector<Bytes> packets = every_kind_of_packet();
    RingFeed source{queue, packets, port, pool, options.groups[0]};

    stalls.begin(clock.now(), 1.0);
    const unsigned eal_before = eal_allocations();
    const std::uint64_t before = allocations();
    rx::receive(
        source, pipeline, wakeup, [] {}, &stalls);
    EXPECT_EQ(allocations() - before, 0U);
    EXPECT_EQ(eal_allocations(), eal_before);
    EXPECT_GT(pipeline.feeds()[0].sequencer.counters().packets, kUnending / 2);
    EXPECT_EQ(rte_mempool_in_use_count(pool), 0U) << "and every mbuf came back";
    std::filesystem::remove(path);
}

TEST(DpdkOrders, AllocateNothing) {
    if (!allocations_are_counted()) GTEST_SKIP() << "skipped: a sanitizer has its own malloc";
    dpdk_rx::PortOptions port_options;
    port_options.name = "net_ring1";
    port_options.mbufs = 511;
    port_options.rx_descriptors = 64;
    port_options.igmp.on = false;
    const std::uint16_t port = dpdk_rx::find_port("net_ring1");
    const dpdk_rx::Pool pool = dpdk_rx::make_order_pool(port);
    const std::vector<rx::Line> lines{{{0xef010101, 30001}, {}}};
    dpdk_rx::SingleQueue queue{port_options, lines};
    wire::UdpFrame route;
    route.destination_port = 9;
    dpdk_rx::OrderQueue orders{queue.port().id(), *pool, route};
    const wire::ouch::EnterOrder order;
    const unsigned eal_before = eal_allocations();
    const std::uint64_t before = allocations();
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_TRUE(orders.send(wire::bytes_of(order)));
        if (i % 10 == 9) drop_everything(port);
    }
    EXPECT_EQ(allocations() - before, 0U);
    EXPECT_EQ(eal_allocations(), eal_before);
    EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
}

}  // namespace
}  // namespace rxlab::test

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    return rxlab::program::guard_main("dpdk_allocation_test", "", [&] {
        const rxlab::dpdk_rx::Eal eal{{argv, static_cast<std::size_t>(argc)}};
        return RUN_ALL_TESTS();
    });
}
