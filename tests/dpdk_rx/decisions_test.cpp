// SPDX-License-Identifier: MIT
//
// The decisions about a port, on what real drivers say of theirs: the values are those of the
// driver's sources [DPDK 26.11-rc0, drivers/net/…: *_dev_infos_get], as in docs/dpdk-drivers.md.
// None of these cards was there.
#include "dpdk_rx/port/decisions.hpp"

#include <rxlab/program/errors.hpp>

#include <gtest/gtest.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace rxlab::dpdk_rx {
namespace {

const std::uint32_t kNoFlags = 0;
const std::uint32_t kInterrupts = RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_INTR_RMV;

rte_eth_dev_info driver(const char* name, std::uint16_t queues) {
    rte_eth_dev_info info{};
    info.driver_name = name;
    info.max_rx_queues = info.max_tx_queues = queues;
    info.dev_flags = &kNoFlags;
    info.min_mtu = 68;
    info.max_mtu = 65'535;
    return info;
}
rte_eth_dev_info ixgbe() {
    rte_eth_dev_info info = driver("net_ixgbe", 128);
    info.flow_type_rss_offloads = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP |
                                  RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_IPV6;
    info.default_rxconf.rx_free_thresh = 32;
    info.min_rx_bufsize = 1'024;
    info.max_mtu = 15'872 - 18;
    return info;
}
rte_eth_dev_info vmxnet3() {
    rte_eth_dev_info info = driver("net_vmxnet3", 16);
    info.flow_type_rss_offloads = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP |
                                  RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP;
    info.min_rx_bufsize = 1'518 + RTE_PKTMBUF_HEADROOM;
    return info;
}
PortOptions with_queues(std::uint16_t queues, Distribution distribution = Distribution::automatic) {
    PortOptions options;
    options.queues = queues;
    options.distribution = distribution;
    return options;
}
template <typename Decide>
std::string refusal(Decide&& decide) {
    try {
        decide();
    } catch (const program::UsageError& error) {
        return error.what();
    }
    return "";
}

TEST(ChooseQueues, HashesUdpPortsWhereTheDriverCan) {
    const QueueChoice choice = choose_queues(ixgbe(), with_queues(4), "p");
    EXPECT_EQ(choice.rx_queues, 4);
    EXPECT_EQ(choice.distribution, Distribution::rss);
    EXPECT_EQ(choice.rss_functions, RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_UDP);
}

TEST(ChooseQueues, HashesAddressesWhereTheDriverKnowsNoUdp) {
    const QueueChoice choice = choose_queues(vmxnet3(), with_queues(2), "p");
    EXPECT_EQ(choice.distribution, Distribution::rss);
    EXPECT_EQ(choice.rss_functions, std::uint64_t{RTE_ETH_RSS_IPV4});
}

// virtio without VIRTIO_NET_F_RSS, gve and mlx5 over flow rules only.
TEST(ChooseQueues, LeavesItToTheDriverWhereThereIsNoHash) {
    const QueueChoice choice = choose_queues(driver("net_virtio", 4), with_queues(2), "p");
    EXPECT_EQ(choice.rx_queues, 2);
    EXPECT_EQ(choice.distribution, Distribution::driver);
    EXPECT_EQ(choice.rss_functions, 0U);
    EXPECT_NE(refusal([] {
                  (void)choose_queues(driver("net_virtio", 4), with_queues(2, Distribution::rss),
                                      "p");
              }).find("has no RSS"),
              std::string::npos);
}

TEST(ChooseQueues, DistributesInSoftwareWhereThePortHasTooFewQueues) {
    const QueueChoice choice = choose_queues(driver("net_e1000_em", 1), with_queues(2), "p");
    EXPECT_EQ(choice.rx_queues, 1);
    EXPECT_EQ(choice.distribution, Distribution::software);
    EXPECT_NE(refusal([] {
                  (void)choose_queues(driver("net_e1000_em", 1), with_queues(2, Distribution::flow),
                                      "p");
              }).find("has 1 receive queue;"),
              std::string::npos);
}

TEST(ChooseQueues, RefusesQueuesThatNobodyWouldPoll) {
    EXPECT_NE(refusal([] {
                  (void)choose_queues(driver("net_af_packet", 2), with_queues(1), "p");
              }).find("would lose what comes to the others"),
              std::string::npos);
    EXPECT_EQ(refusal([] { (void)choose_queues(ixgbe(), with_queues(1), "p"); }), "");
}

TEST(QueueConfiguration, DropsForAFullQueueOnlyWhereThereAreOthers) {
    EXPECT_EQ(queue_configuration(ixgbe(), 1).rx_drop_en, 0);
    EXPECT_EQ(queue_configuration(ixgbe(), 2).rx_drop_en, 1);
    EXPECT_EQ(queue_configuration(ixgbe(), 2).rx_free_thresh, 32) << "the driver's own stays";
}

TEST(PortConfiguration, AsksForInterruptsThatTheDriverHas) {
    rte_eth_dev_info info = ixgbe();
    EXPECT_EQ(port_configuration(info, {}, {}, 0).intr_conf.lsc, 0U);
    info.dev_flags = &kInterrupts;
    EXPECT_EQ(port_configuration(info, {}, {}, 0).intr_conf.lsc, 1U);
    EXPECT_EQ(port_configuration(info, {}, {}, 0).intr_conf.rmv, 1U);
}

TEST(PortConfiguration, SwitchesRssOnForQueuesOrForAHashInTheMbuf) {
    const rte_eth_dev_info info = ixgbe();
    EXPECT_EQ(port_configuration(info, {}, {}, 0).rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
    const QueueChoice queues = choose_queues(info, with_queues(2), "p");
    const rte_eth_conf several = port_configuration(info, with_queues(2), queues, 0);
    EXPECT_EQ(several.rxmode.mq_mode, RTE_ETH_MQ_RX_RSS);
    EXPECT_EQ(several.rx_adv_conf.rss_conf.rss_hf, queues.rss_functions);
    EXPECT_EQ(port_configuration(info, {}, {}, RTE_ETH_RX_OFFLOAD_RSS_HASH).rxmode.mq_mode,
              RTE_ETH_MQ_RX_RSS);
}

TEST(PortConfiguration, TellsAfPacketNoMtu) {
    PortOptions options;
    options.mtu = 9'000;
    EXPECT_EQ(port_configuration(ixgbe(), options, {}, 0).rxmode.mtu, 9'000U);
    EXPECT_EQ(port_configuration(driver("net_af_packet", 1), options, {}, 0).rxmode.mtu, 0U);
}

TEST(CheckMtu, RefusesWhatThePortDoesNotTake) {
    PortOptions options;
    options.mtu = 16'000;
    EXPECT_NE(refusal([&] {
                  check_mtu(ixgbe(), options, "p");
              }).find("--mtu 16000: port p (net_ixgbe) takes 68 to 15854"),
              std::string::npos);
    options.mtu = 9'000;
    EXPECT_EQ(refusal([&] { check_mtu(ixgbe(), options, "p"); }), "");
}

TEST(MbufBytes, HoldAWholeFrameAndWhatTheDriverWants) {
    constexpr unsigned kFrame = 14 + 4 + 2 * 4;
    EXPECT_EQ(mbuf_bytes(ixgbe(), 0), RTE_MBUF_DEFAULT_DATAROOM + RTE_PKTMBUF_HEADROOM);
    for (const unsigned mtu : {1'500U, 2'030U, 9'000U, 16'000U})
        EXPECT_GE(mbuf_bytes(vmxnet3(), mtu) - RTE_PKTMBUF_HEADROOM, mtu + kFrame) << mtu;
    rte_eth_dev_info wants_more = driver("net_x", 1);
    wants_more.min_rx_bufsize = 4'000;
    EXPECT_GE(mbuf_bytes(wants_more, 1'500) - RTE_PKTMBUF_HEADROOM, 4'000);
}

TEST(ChooseRxOffloads, LeavesOnlyTheTagToSoftware) {
    PortOptions options;
    options.rx_offloads = RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
    EXPECT_EQ(choose_rx_offloads(ixgbe(), options, false, "p"), 0U);
    options.rx_offloads |= RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
    EXPECT_NE(refusal([&] {
                  (void)choose_rx_offloads(ixgbe(), options, false, "p");
              }).find("has no udp-checksum"),
              std::string::npos);
}

TEST(ChooseRxOffloads, WantStampsOnlyWhereThereAreSome) {
    PortOptions options;
    options.hardware_timestamps = true;
    EXPECT_NE(refusal([&] {
                  (void)choose_rx_offloads(ixgbe(), options, false, "p");
              }).find("--hardware-timestamps: port p (net_ixgbe) has none"),
              std::string::npos);
    EXPECT_EQ(choose_rx_offloads(ixgbe(), options, true, "p"), 0U);
    rte_eth_dev_info gve = driver("net_gve", 16);
    gve.rx_offload_capa = RTE_ETH_RX_OFFLOAD_TIMESTAMP;
    EXPECT_EQ(choose_rx_offloads(gve, options, false, "p"),
              std::uint64_t{RTE_ETH_RX_OFFLOAD_TIMESTAMP});
}

TEST(StampClockOf, IsThePortsOnlyWhereItsOwnClockIsRead) {
    EXPECT_EQ(stamp_clock_of(driver("net_mlx5", 16), 1, 0), StampClock::port);
    EXPECT_EQ(stamp_clock_of(driver("net_mlx5", 16), 2, 0), StampClock::several_queues);
    EXPECT_EQ(stamp_clock_of(driver("net_ena", 16), 1, -ENOTSUP), StampClock::unreadable);
    // These two of the newest DPDK have the function, and it reads the time of day.
    EXPECT_EQ(stamp_clock_of(driver("net_pcap", 16), 1, 0), StampClock::software);
    EXPECT_EQ(stamp_clock_of(driver("net_af_packet", 16), 1, 0), StampClock::software);
    EXPECT_EQ(stamp_clock_of(driver("net_ice", 16), 1, 0), StampClock::another);
    EXPECT_EQ(stamp_clock_of(driver("net_cn10k", 16), 1, 0), StampClock::another);
}

TEST(BurstMin, LeavesHalfABurstThatVectorFunctionsTake) {
    EXPECT_EQ(burst_min(1), 8);
    EXPECT_EQ(burst_min(2), 16);
    PortOptions options = with_queues(2);
    options.burst = 8;
    EXPECT_NE(refusal([&] {
                  check_port_options(options, 2);
              }).find("--burst 8: with --queues 2 at least 16"),
              std::string::npos);
    options.burst = 16;
    EXPECT_EQ(refusal([&] { check_port_options(options, 2); }), "");
}

TEST(FlowControlOf, SwitchesOffOnlyWhatIsKnownToBeOn) {
    EXPECT_FALSE(must_switch_off(-ENOTSUP, RTE_ETH_FC_FULL));
    EXPECT_FALSE(must_switch_off(0, RTE_ETH_FC_NONE));
    EXPECT_TRUE(must_switch_off(0, RTE_ETH_FC_RX_PAUSE));
    EXPECT_EQ(flow_control_of(-ENOTSUP, RTE_ETH_FC_FULL, 0), FlowControl::unknown);
    EXPECT_EQ(flow_control_of(0, RTE_ETH_FC_NONE, 0), FlowControl::was_off);
    EXPECT_EQ(flow_control_of(0, RTE_ETH_FC_FULL, 0), FlowControl::switched_off);
    EXPECT_EQ(flow_control_of(0, RTE_ETH_FC_FULL, -EIO), FlowControl::refused);
}

TEST(HoldsOldFrames, NotWhereTheWireIsAFileOrMemory) {
    EXPECT_TRUE(holds_old_frames("net_af_packet"));
    EXPECT_TRUE(holds_old_frames("net_ice"));
    EXPECT_FALSE(holds_old_frames("net_pcap"));
    EXPECT_FALSE(holds_old_frames("net_memif"));
}

TEST(NumaNodeOfCpu, IsTheLinkInTheCpusFolder) {
    const auto root =
        std::filesystem::temp_directory_path() / ("rxlab-numa-" + std::to_string(getpid()));
    std::filesystem::create_directories(root / "devices/system/cpu/cpu3/node1");
    std::filesystem::create_directories(root / "devices/system/cpu/cpu4/nodes");
    EXPECT_EQ(numa_node_of_cpu(3, root), 1);
    EXPECT_EQ(numa_node_of_cpu(4, root), -1);
    EXPECT_EQ(numa_node_of_cpu(5, root), -1);
    std::filesystem::remove_all(root);
}

TEST(NumaWarning, JudgesTheCpuThatPolls) {
    EXPECT_EQ(numa_warning("0000:01:00.0", 0, 3, 0), "");
    EXPECT_EQ(numa_warning("net_null0", -1, 3, 1), "");
    EXPECT_EQ(numa_warning("0000:01:00.0", 0, 3, -1), "");
    const std::string text = numa_warning("0000:01:00.0", 0, 3, 1);
    EXPECT_NE(text.find("CPU 3 is on NUMA node 1"), std::string::npos) << text;
    EXPECT_NE(text.find("0000:01:00.0 and its memory on node 0"), std::string::npos) << text;
}

}  // namespace
}  // namespace rxlab::dpdk_rx
