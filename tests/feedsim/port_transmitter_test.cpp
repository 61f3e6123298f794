// SPDX-License-Identifier: MIT
//
// The way out through a DPDK port, on net_ring ports, whose transmit queue leads back to their
// receive queue. Needs no NIC, no root and no huge pages. Arguments: EAL's.
#include "feedsim/dpdk/port_transmitter.hpp"

#include "dpdk_rx/eal/eal.hpp"
#include "feedsim/dpdk/send_port.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/monotonic.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::feedsim {
namespace {

const wire::Ipv4Endpoint kGroup{0xef010101, 30'001};
const std::atomic<bool> kGoOn{false};

std::vector<std::byte> packet_of(std::uint16_t messages) {
    const wire::mold::Header header{wire::mold::Session{"TEST"}, 7, messages};
    const auto bytes = wire::bytes_of(header);
    return {bytes.begin(), bytes.end()};
}

class PortTransmitterTest : public testing::Test {
  protected:
    PortTransmitterTest() {
        port_.emplace("net_ring" + std::to_string(ports_used_++), 1, kGoOn);
        transmitter_.emplace(*port_, kGroup, FrameOptions{0xc0000201, 3, 0});
    }

    SendResult send(std::uint16_t messages = 1) {
        return transmitter_->send(packet_of(messages), 0);
    }

    // Takes one frame out of the ring; empty: there is none.
    std::vector<std::byte> take() {
        rte_mbuf* mbuf = nullptr;
        if (rte_eth_rx_burst(port_->id(), 0, &mbuf, 1) == 0) return {};
        const auto* const data = rte_pktmbuf_mtod(mbuf, const std::byte*);
        EXPECT_EQ(mbuf->data_len, mbuf->pkt_len);
        std::vector<std::byte> frame{data, data + mbuf->data_len};
        rte_pktmbuf_free(mbuf);
        return frame;
    }

    std::size_t fill() {
        std::size_t count = 0;
        while (send() == SendResult::sent)
            ++count;
        return count;
    }

    static inline unsigned ports_used_ = 0;
    std::optional<SendPort> port_;
    std::optional<PortTransmitter> transmitter_;
};

TEST_F(PortTransmitterTest, SendsTheDatagramsOfAPacketSocket) {
    std::vector<std::byte> payload = packet_of(2);
    payload.resize(wire::mold::kPayloadBytesMax, std::byte{'x'});
    for (const auto& each : {packet_of(1), payload}) {
        ASSERT_EQ(transmitter_->send(each, 0), SendResult::sent);
        const std::vector<std::byte> frame = take();
        wire::UdpDatagram datagram;
        ASSERT_EQ(wire::parse_udp_frame(frame, datagram), wire::FrameStatus::ok);
        EXPECT_EQ(datagram.destination, kGroup.address);
        EXPECT_EQ(datagram.destination_port, kGroup.port);
        EXPECT_EQ(datagram.source, 0xc0000201U);
        EXPECT_TRUE(std::ranges::equal(datagram.payload, each));
        const auto& ethernet = wire::overlay<wire::EthernetHeader>(frame);
        EXPECT_EQ(ethernet.destination, wire::multicast_mac(kGroup.address));
        EXPECT_EQ(ethernet.source, port_->mac());
        EXPECT_EQ(static_cast<unsigned>(frame[22]), 3U) << "time to live";
    }
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(port_->counters().frames, 2U);
    EXPECT_EQ(transmitter_->failure(), "");
}

TEST_F(PortTransmitterTest, SendsWhatItIsGivenWhateverItWasToldWouldComeNext) {
    std::vector<std::byte> told = packet_of(1);
    const std::vector<std::byte> other = packet_of(2);
    const auto expect_sent = [&](const std::vector<std::byte>& payload) {
        ASSERT_EQ(transmitter_->send(payload, 0), SendResult::sent);
        wire::UdpDatagram datagram;
        const std::vector<std::byte> frame = take();
        ASSERT_EQ(wire::parse_udp_frame(frame, datagram), wire::FrameStatus::ok);
        EXPECT_TRUE(std::ranges::equal(datagram.payload, payload));
    };
    transmitter_->settle(told);
    expect_sent(told);
    transmitter_->settle(told);
    expect_sent(other);
    told.back() = std::byte{9};  // the next packet, in the same memory
    expect_sent(told);
    transmitter_->settle({});
    expect_sent(other);
}

TEST_F(PortTransmitterTest, TagsItsFramesWhereAsked) {
    PortTransmitter tagged{*port_, kGroup, {0xc0000201, 1, 42}};
    ASSERT_EQ(tagged.send(packet_of(1), 0), SendResult::sent);
    wire::UdpDatagram datagram;
    ASSERT_EQ(wire::parse_udp_frame(take(), datagram), wire::FrameStatus::ok);
    EXPECT_EQ(datagram.vlan, 42);
}

TEST_F(PortTransmitterTest, CountsAndRefusesWhatFindsTheRingFull) {
    const std::uint64_t before = static_cast<std::uint64_t>(program::monotonic_ns());
    const std::size_t room = fill();
    const std::uint64_t after = static_cast<std::uint64_t>(program::monotonic_ns());
    EXPECT_EQ(room, 1'023U) << "frames in net_ring's ring";
    EXPECT_GE(after - before, SendPort::kPatience_ns) << "the first waits";
    EXPECT_EQ(send(), SendResult::refused);
    EXPECT_EQ(port_->counters().frames, room);
    EXPECT_EQ(port_->counters().ring_full, 2U);
    EXPECT_EQ(port_->counters().dropped, 2U);
    EXPECT_NE(transmitter_->failure().find("send to 239.1.1.1:30001 through port net_ring"),
              std::string::npos)
        << transmitter_->failure();
    EXPECT_NE(transmitter_->failure().find("its ring was full"), std::string::npos);
    EXPECT_EQ(port_->report().at("dropped"), 2U);
}

TEST_F(PortTransmitterTest, SendsAgainOnceThereIsRoom) {
    const std::size_t room = fill();
    EXPECT_FALSE(take().empty());
    EXPECT_EQ(send(), SendResult::sent);
    EXPECT_EQ(port_->counters().frames, room + 1);
}

TEST_F(PortTransmitterTest, LosesNoBufferToFramesThatAreDropped) {
    fill();
    for (int i = 0; i < 20'000; ++i)  // more than there are buffers
        ASSERT_EQ(send(), SendResult::refused);
    EXPECT_EQ(port_->counters().no_mbuf, 0U);
}

TEST_F(PortTransmitterTest, IsBrokenWhereTheOtherEndHasGone) {
    fill();
    ASSERT_EQ(rte_eth_dev_set_link_down(port_->id()), 0);
    EXPECT_EQ(send(), SendResult::broken);
    EXPECT_NE(transmitter_->failure().find("its link went down: the other end has gone"),
              std::string::npos)
        << transmitter_->failure();
}

TEST_F(PortTransmitterTest, IsNotBrokenWhereItWentAfterAnEndOfSession) {
    EXPECT_EQ(send(wire::mold::kEndOfSession), SendResult::sent);
    // By another transmitter, as another feed would, which sees no end of session.
    PortTransmitter other{*port_, kGroup, {}};
    while (other.send(packet_of(1), 0) == SendResult::sent) {
    }
    ASSERT_EQ(rte_eth_dev_set_link_down(port_->id()), 0);
    EXPECT_EQ(send(wire::mold::kEndOfSession), SendResult::sent);
    EXPECT_EQ(send(wire::mold::kEndOfSession), SendResult::sent);
    EXPECT_EQ(port_->counters().unheard_ends, 2U);
    EXPECT_EQ(other.send(packet_of(wire::mold::kEndOfSession), 0), SendResult::broken)
        << "its first end of session was not heard by anybody";
    EXPECT_EQ(transmitter_->failure(), "");
}

TEST(SendPortTest, ThatDoesNotExistIsRefusedWithTheListOfPorts) {
    try {
        SendPort port{"net_nonsense0", 1, kGoOn};
        FAIL() << "no error";
    } catch (const program::UsageError& error) {
        EXPECT_NE(std::string{error.what()}.find("--interface net_nonsense0: no such port"),
                  std::string::npos)
            << error.what();
    }
}

TEST(SendPortTest, TakesEveryFrameOnNetNull) {
    SendPort port{"net_null0", 1, kGoOn};
    PortTransmitter transmitter{port, kGroup, {}};
    for (int i = 0; i < 20'000; ++i)
        ASSERT_EQ(transmitter.send(packet_of(1), 0), SendResult::sent);
    EXPECT_EQ(port.counters().frames, 20'000U);
    EXPECT_EQ(port.counters().ring_full, 0U);
}

}  // namespace
}  // namespace rxlab::feedsim

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    return rxlab::program::guard_main("feedsim_dpdk_test", "", [&] {
        const rxlab::dpdk_rx::Eal eal{{argv, static_cast<std::size_t>(argc)}};
        return RUN_ALL_TESTS();
    });
}
