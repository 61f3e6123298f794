// SPDX-License-Identifier: MIT
//
// DpdkSource on net_ring ports, whose transmit queue leads back to their receive queue: what the
// test sends, the source receives. Needs no NIC, no root and no huge pages. Arguments: EAL's.
#include "dpdk_rx/eal/eal.hpp"
#include "dpdk_rx/eal/eal_output.hpp"
#include "dpdk_rx/queues/queue_worker.hpp"
#include "dpdk_rx/queues/queues.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/frame.hpp>

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

const std::vector<wire::Ipv4Endpoint> kGroups{{0xef010101, 30001}, {0xef010102, 30002}};

// Feeds of one line each, whoever sends.
std::vector<rx::Line> lines_of(const std::vector<wire::Ipv4Endpoint>& groups) {
    rx::Options options;
    options.groups = groups;
    return rx::lines_of(options);
}

std::vector<std::byte> payload_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

constexpr std::uint32_t kSender = 0xc0000201;

std::vector<std::byte> frame_to(const wire::Ipv4Endpoint& group, std::string_view text,
                                std::uint16_t vlan = 0, std::uint32_t sender = kSender) {
    std::vector<std::byte> memory(2'000);
    wire::UdpFrame fields;
    fields.source = sender;
    fields.source_port = 4000;
    fields.destination = group.address;
    fields.destination_port = group.port;
    fields.vlan = vlan;
    const auto frame = wire::build_udp_frame(memory, fields, payload_of(text));
    return {frame.begin(), frame.end()};
}

// What a driver calls when its device says that it was reset. DPDK exports both for drivers, and
// Debian does not package the header.
extern "C" {
struct rte_eth_dev;
extern rte_eth_dev rte_eth_devices[];
int rte_eth_dev_callback_process(rte_eth_dev* device, rte_eth_event_type event, void* argument);
}

// Its port is the first of all, whose place in DPDK's table is known without the table's type.
TEST(ResetEvent, EndsThePortWithItsReason) {
    PortOptions options;
    options.name = "net_ring0";
    options.mbufs = 511;
    options.rx_descriptors = 64;
    options.igmp.on = false;
    SingleQueue source{options, lines_of(kGroups)};
    EXPECT_FALSE(source.failed());
    rte_eth_dev_callback_process(rte_eth_devices, RTE_ETH_EVENT_INTR_RESET, nullptr);
    EXPECT_TRUE(source.failed());
    EXPECT_TRUE(source.is_gone());
    EXPECT_NE(source.failure().find("port net_ring0 was reset"), std::string::npos);
}

class DpdkSourceTest : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (pool_ != nullptr) return;  // one for all suites
        pool_ =
            rte_pktmbuf_pool_create("sent", 2'047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
        ASSERT_NE(pool_, nullptr);
    }

    // Each test has a port of its own: a source closes its port when it ends.
    void SetUp() override {
        PortOptions options;
        options.name = "net_ring" + std::to_string(ports_used_++);
        options.mbufs = 511;
        options.rx_descriptors = 64;
        options.igmp.on = false;  // a ring would give its reports back
        adjust(options);
        ASSERT_EQ(rte_eth_dev_get_port_by_name(options.name.c_str(), &port_), 0);
        std::vector<rx::Line> lines = lines_of(kGroups);
        adjust_lines(lines);
        source_ = std::make_unique<SingleQueue>(options, lines);
    }

    virtual void adjust(PortOptions&) {}
    virtual void adjust_lines(std::vector<rx::Line>&) {}

    // The bytes as one mbuf, or spread over two.
    void put(const std::vector<std::byte>& frame, bool in_two_segments = false,
             std::uint16_t stripped_vlan = 0) {
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
        ASSERT_NE(mbuf, nullptr);
        if (stripped_vlan != 0) {
            mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
            mbuf->vlan_tci = stripped_vlan;
        }
        const std::size_t first = in_two_segments ? frame.size() / 2 : frame.size();
        std::memcpy(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(first)), frame.data(),
                    first);
        if (in_two_segments) {
            rte_mbuf* const tail = rte_pktmbuf_alloc(pool_);
            const std::size_t rest = frame.size() - first;
            std::memcpy(rte_pktmbuf_append(tail, static_cast<std::uint16_t>(rest)),
                        frame.data() + first, rest);
            ASSERT_EQ(rte_pktmbuf_chain(mbuf, tail), 0);
        }
        ASSERT_EQ(rte_eth_tx_burst(port_, 0, &mbuf, 1), 1);
    }
    std::size_t poll() { return source_->poll(batch_); }
    std::string text(std::size_t index) const {
        const auto payload = batch_[index].payload;
        return {reinterpret_cast<const char*>(payload.data()), payload.size()};
    }
    std::uint64_t counter(const std::string& name) const {
        return source_->report().counters[name].get<std::uint64_t>();
    }

    static rte_mempool* pool_;
    static int ports_used_;
    std::uint16_t port_ = 0;
    std::unique_ptr<SingleQueue> source_;
    std::array<rx::PacketView, rx::kBatchPackets> batch_;
};

rte_mempool* DpdkSourceTest::pool_ = nullptr;
int DpdkSourceTest::ports_used_ = 1;  // ResetEvent has the first

TEST_F(DpdkSourceTest, ReturnsNothingFromAnEmptyRing) {
    EXPECT_EQ(poll(), 0U);
}

TEST_F(DpdkSourceTest, DeliversTheBurstInOrderWithItsFeeds) {
    put(frame_to(kGroups[0], "first"));
    put(frame_to(kGroups[1], "second"));
    ASSERT_EQ(poll(), 2U);
    EXPECT_EQ(text(0), "first");
    EXPECT_EQ(batch_[0].id.feed, 0U);
    EXPECT_EQ(text(1), "second");
    EXPECT_EQ(batch_[1].id.feed, 1U);
    EXPECT_EQ(counter("frames_ok"), 2U);
}

TEST_F(DpdkSourceTest, AcceptsVlanTags) {
    put(frame_to(kGroups[0], "tagged", 42));
    ASSERT_EQ(poll(), 1U);
    EXPECT_EQ(text(0), "tagged");
}

TEST_F(DpdkSourceTest, LeavesOtherGroupsOutAndCountsThem) {
    put(frame_to({0xef010109, 30001}, "other address"));
    put(frame_to({kGroups[0].address, 9}, "other port"));
    put(frame_to(kGroups[0], "ours"));
    ASSERT_EQ(poll(), 1U);
    EXPECT_EQ(text(0), "ours");
    EXPECT_EQ(counter("other_groups"), 2U);
}

TEST_F(DpdkSourceTest, CountsFramesThatAreNotDatagrams) {
    put(std::vector<std::byte>(60));
    EXPECT_EQ(poll(), 0U);
    EXPECT_EQ(counter("frames_not_ipv4"), 1U);
}

TEST_F(DpdkSourceTest, CountsFramesInSeveralSegments) {
    put(frame_to(kGroups[0], "scattered"), true);
    EXPECT_EQ(poll(), 0U);
    EXPECT_EQ(counter("segmented_frames"), 1U);
}

TEST_F(DpdkSourceTest, CountsNoDropsWhereTheDriverDoesNot) {
    EXPECT_FALSE(source_->drops().has_value());
    const rx::SourceReport report = source_->report();
    EXPECT_FALSE(report.drops.contains("imissed"));
    EXPECT_FALSE(report.drops.contains("socket"));
    EXPECT_NE(report.counters["drops_not_counted"].get<std::string>().find("net_ring"),
              std::string::npos);
}

TEST_F(DpdkSourceTest, TakesAtMostABatch) {
    for (std::size_t i = 0; i < rx::kBatchPackets + 3; ++i)
        put(frame_to(kGroups[0], "x"));
    EXPECT_EQ(poll(), rx::kBatchPackets);
    EXPECT_EQ(poll(), 3U);
}

TEST_F(DpdkSourceTest, ReturnsEveryMbufToItsPool) {
    const unsigned before = rte_mempool_avail_count(pool_);
    for (int round = 0; round < 100; ++round) {
        for (int i = 0; i < 20; ++i)
            put(frame_to(kGroups[static_cast<std::size_t>(i % 2)], "x"));
        put(std::vector<std::byte>(60));
        EXPECT_EQ(poll(), 20U);
    }
    poll();  // gives the last burst back
    EXPECT_EQ(rte_mempool_avail_count(pool_), before);
}

TEST_F(DpdkSourceTest, ReturnsMbufsOfTwoPoolsEachToItsOwn) {
    rte_mempool* other =
        rte_pktmbuf_pool_create("other", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    ASSERT_NE(other, nullptr);
    const unsigned before = rte_mempool_avail_count(pool_);
    const auto from_other = [&] {
        std::swap(pool_, other);
        put(frame_to(kGroups[0], "x"));
        std::swap(pool_, other);
    };
    for (int i = 0; i < 3; ++i) {
        put(frame_to(kGroups[0], "x"));
        from_other();
    }
    EXPECT_EQ(poll(), 6U);
    poll();
    EXPECT_EQ(rte_mempool_avail_count(pool_), before);
    EXPECT_EQ(rte_mempool_avail_count(other), 63U);
    rte_mempool_free(other);
}

TEST_F(DpdkSourceTest, LeavesMbufsThatSomebodyElseHolds) {
    const unsigned before = rte_mempool_avail_count(pool_);
    rte_mbuf* const held = rte_pktmbuf_alloc(pool_);
    const auto frame = frame_to(kGroups[0], "held");
    std::memcpy(rte_pktmbuf_append(held, static_cast<std::uint16_t>(frame.size())), frame.data(),
                frame.size());
    rte_mbuf_refcnt_update(held, 1);
    rte_mbuf* sent = held;
    ASSERT_EQ(rte_eth_tx_burst(port_, 0, &sent, 1), 1);
    put(frame);
    EXPECT_EQ(poll(), 2U);
    poll();
    EXPECT_EQ(rte_mbuf_refcnt_read(held), 1);
    EXPECT_EQ(rte_mempool_avail_count(pool_), before - 1);
    rte_pktmbuf_free(held);
    EXPECT_EQ(rte_mempool_avail_count(pool_), before);
}

TEST_F(DpdkSourceTest, HoldsTheBurstUntilTheNextPoll) {
    const unsigned before = rte_mempool_avail_count(pool_);
    put(frame_to(kGroups[0], "held"));
    ASSERT_EQ(poll(), 1U);
    EXPECT_EQ(rte_mempool_avail_count(pool_), before - 1);
    EXPECT_EQ(text(0), "held");
}

class OneVlan : public DpdkSourceTest {
  protected:
    void adjust(PortOptions& options) override { options.vlan = 42; }
};

TEST_F(OneVlan, LeavesOtherVlansOutAndCountsThem) {
    put(frame_to(kGroups[0], "untagged"));
    put(frame_to(kGroups[0], "other", 43));
    put(frame_to(kGroups[0], "ours", 42));
    ASSERT_EQ(poll(), 1U);
    EXPECT_EQ(text(0), "ours");
    EXPECT_EQ(counter("other_vlan"), 2U);
}

TEST_F(OneVlan, TakesTheTagThatThePortHasStripped) {
    put(frame_to(kGroups[0], "ours"), false, 42);
    put(frame_to(kGroups[0], "other"), false, 43);
    ASSERT_EQ(poll(), 1U);
    EXPECT_EQ(text(0), "ours");
    EXPECT_EQ(counter("other_vlan"), 1U);
}

class OneSource : public DpdkSourceTest {
  protected:
    void adjust_lines(std::vector<rx::Line>& lines) override { lines[0].source = kSender; }
};

TEST_F(OneSource, LeavesOtherSendersToItsGroupOutAndCountsThem) {
    put(frame_to(kGroups[0], "ours"));
    put(frame_to(kGroups[0], "another's", 0, kSender + 1));
    put(frame_to(kGroups[0], "another's, tagged", 42, kSender + 1));
    put(frame_to(kGroups[1], "from anybody", 0, kSender + 1));
    ASSERT_EQ(poll(), 2U);
    EXPECT_EQ(text(0), "ours");
    EXPECT_EQ(text(1), "from anybody");
    EXPECT_EQ(batch_[1].source, kSender + 1);
    EXPECT_EQ(counter("other_sources"), 2U);
}

// Stands in for the driver's: a clock that ticks once in four ticks of ours, and began long ago.
const latency::Clock kOurs = latency::Clock::detect();  // once: a hypervisor may trap CPUID
std::uint64_t port_clock_now() {
    return kOurs.now() / 4 + 1'000'000'000'000;
}
int port_clock_result = 0;
extern "C" int rte_eth_read_clock(std::uint16_t, std::uint64_t* clock) {
    *clock = port_clock_now();
    return port_clock_result;
}

// A ring carries whatever an mbuf holds, stamps as well; where there is a field for them, the
// receiver takes it that the driver fills it, as net_pcap does.
class Stamped : public DpdkSourceTest {
  protected:
    void adjust(PortOptions& options) override {
        ASSERT_EQ(rte_mbuf_dyn_rx_timestamp_register(&offset_, &flag_), 0);
        options.hardware_timestamps = true;
    }
    void TearDown() override { port_clock_result = 0; }
    void put_stamped(std::string_view text, std::uint64_t stamp) {
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
        const auto frame = frame_to(kGroups[0], text);
        std::memcpy(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame.size())),
                    frame.data(), frame.size());
        *RTE_MBUF_DYNFIELD(mbuf, offset_, rte_mbuf_timestamp_t*) = stamp;
        mbuf->ol_flags |= flag_;
        ASSERT_EQ(rte_eth_tx_burst(port_, 0, &mbuf, 1), 1);
    }
    // Until the port's clock has been read, or has failed, so often.
    void read_clock(std::uint64_t times) {
        do {
            for (int i = 0; i < 1'024; ++i)
                ASSERT_EQ(poll(), 0U);
        } while (stamps()["readings"].get<std::uint64_t>() +
                     stamps()["readings_failed"].get<std::uint64_t>() <
                 times);
    }
    nlohmann::ordered_json stamps() { return source_->report().counters["hardware_timestamps"]; }

    int offset_ = 0;
    std::uint64_t flag_ = 0;
};

TEST_F(Stamped, SayHowLongAgoThePortHadThem) {
    read_clock(5);
    const double ticks_per_ns = latency::Calibration::start(kOurs).run_ticks_per_ns();
    const latency::Ticks before = kOurs.now();
    put_stamped("first", port_clock_now());
    put(frame_to(kGroups[1], "without"));
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    const latency::Ticks between = kOurs.now();
    put_stamped("second", port_clock_now());
    ASSERT_EQ(poll(), 3U);
    const latency::Ticks after = kOurs.now();
    const auto ns = [&](latency::Ticks from, latency::Ticks to) {
        return static_cast<double>(to - from) / ticks_per_ns;
    };
    EXPECT_EQ(stamps()["conversion"], "converted");
    EXPECT_EQ(stamps()["converted"], 2U) << stamps();
    const auto error_ns = stamps()["error_ns_max"].get<double>();
    EXPECT_GT(batch_[0].ages.nic_ns, ns(before, between) - error_ns - 1'000);
    EXPECT_LT(batch_[0].ages.nic_ns, ns(before, after) + error_ns + 1'000);
    EXPECT_EQ(batch_[1].ages.nic_ns, 0U);
    EXPECT_GT(batch_[2].ages.nic_ns, 0U);
    EXPECT_LT(batch_[2].ages.nic_ns, ns(between, after) + error_ns + 1'000);
    EXPECT_EQ(batch_[0].ages.kernel_ns, 0U);
}

TEST_F(Stamped, GiveNoFigureBeforeTheClockIsKnown) {
    put_stamped("early", port_clock_now());
    ASSERT_EQ(poll(), 1U);
    EXPECT_EQ(batch_[0].ages.nic_ns, 0U);
    EXPECT_EQ(stamps()["not_converted"], 1U);
    EXPECT_EQ(stamps()["packets"], 1U);
}

class StampedWithoutAClock : public Stamped {
  protected:
    void adjust(PortOptions& options) override {
        Stamped::adjust(options);
        port_clock_result = -ENOTSUP;
    }
};

TEST_F(StampedWithoutAClock, AreCountedAndTheReasonIsSaid) {
    put_stamped("x", port_clock_now());
    ASSERT_EQ(poll(), 1U);
    EXPECT_EQ(batch_[0].ages.nic_ns, 0U);
    EXPECT_EQ(stamps()["packets"], 1U);
    EXPECT_EQ(stamps()["conversion"], "not converted: the driver has no rte_eth_read_clock()");
}

class ShortBursts : public DpdkSourceTest {
  protected:
    void adjust(PortOptions& options) override { options.burst = 8; }
};

TEST_F(ShortBursts, TakeAtMostWhatWasAskedFor) {
    for (int i = 0; i < 11; ++i)
        put(frame_to(kGroups[0], "x"));
    EXPECT_EQ(poll(), 8U);
    EXPECT_EQ(poll(), 3U);
}

class Membership : public DpdkSourceTest {
  protected:
    void adjust(PortOptions& options) override {
        options.igmp = {true, igmp::IgmpVersion::v2, 0xc0000205};
    }
    // Polls until the port has given back everything that was sent.
    std::uint64_t igmp(const std::string& name) {
        return source_->report().counters["igmp"][name].get<std::uint64_t>();
    }
};

TEST_F(Membership, AnswersAQueryThatComesThroughThePort) {
    std::array<std::byte, wire::kIgmpFrameBytesMax> memory;
    const auto query = wire::build_igmp_frame(memory, {{std::byte{4}}, 0xc0000201, 0},
                                              wire::IgmpType::query, 0, 1);
    put({query.begin(), query.end()});
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{300};
    while (std::chrono::steady_clock::now() < end)
        EXPECT_EQ(poll(), 0U);
    EXPECT_EQ(igmp("queries_v2"), 1U);
    // Two groups joined and answered for; the join is repeated at a random moment of ten seconds
    // (RFC 2236, section 8.10), perhaps of these 300 ms.
    const std::uint64_t reports = igmp("reports");
    EXPECT_TRUE(reports == 4U || reports == 6U) << reports;
    EXPECT_EQ(igmp("leaves"), 2U);
}

TEST_F(Membership, ReturnsEveryMbufOfItsReports) {
    for (int i = 0; i < 2'000; ++i) {
        std::array<std::byte, wire::kIgmpFrameBytesMax> memory;
        const auto query = wire::build_igmp_frame(memory, {{std::byte{4}}, 0xc0000201, 0},
                                                  wire::IgmpType::query, kGroups[0].address, 1);
        put({query.begin(), query.end()});
        poll();
    }
    EXPECT_EQ(igmp("not_sent"), 0U);
}

const cpu_set_t kAllowed = allowed_cpus();  // before EAL pins this thread

// A driver's thread begins with the CPUs of the lcore that starts the port.
TEST(ControlThreads, LeaveTheLcoresCpuAlsoWhereAPortStartsThem) {
    if (CPU_COUNT(&kAllowed) < 2) GTEST_SKIP() << "needs two CPUs";
    const unsigned cpu = cpu_of(rte_get_main_lcore());
    std::atomic<pid_t> id = 0;
    std::jthread thread;
    ControlThreads{1, kAllowed}.start_port([&] {
        thread = std::jthread{[&id](const std::stop_token& stop) {
            id = gettid();
            while (!stop.stop_requested())
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }};
        while (id == 0)
            std::this_thread::yield();
        cpu_set_t own;
        CPU_ZERO(&own);
        CPU_SET(cpu, &own);
        ASSERT_EQ(sched_setaffinity(id, sizeof own, &own), 0);
    });
    cpu_set_t now;
    ASSERT_EQ(sched_getaffinity(id, sizeof now, &now), 0);
    EXPECT_FALSE(CPU_ISSET(cpu, &now));
    EXPECT_GE(CPU_COUNT(&now), 1);
}

TEST(DpdkPort, RefusesAPortThatDoesNotExist) {
    PortOptions options;
    options.name = "net_ring_nosuch";
    EXPECT_THROW(Port(options, lines_of(kGroups), {}), program::UsageError);
}

}  // namespace
}  // namespace rxlab::dpdk_rx

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    return rxlab::program::guard_main("dpdk_rx_test", "", [&] {
        const rxlab::dpdk_rx::Eal eal{{argv, static_cast<std::size_t>(argc)}};
        return RUN_ALL_TESTS();
    });
}
