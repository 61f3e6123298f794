// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace rxlab::wire {
namespace {

using test::Bytes;
using test::bytes;
using test::number_at;

// Ones' complement sum of 16-bit words; 0xffff over anything that holds its own checksum.
std::uint64_t ones_complement_sum(std::span<const std::byte> from, std::uint64_t sum = 0) {
    Bytes even = test::exact(from);
    if (even.size() % 2 != 0) even.push_back(std::byte{0});
    for (std::size_t i = 0; i < even.size(); i += 2)
        sum += number_at(even, i, 2);
    while (sum > 0xffff)
        sum = sum % 0x10000 + sum / 0x10000;
    return sum;
}

UdpFrame fields() {
    return {.source_mac = {std::byte{2}, {}, {}, {}, {}, std::byte{9}},
            .destination_mac = {std::byte{2}, {}, {}, {}, {}, std::byte{8}},
            .source = parse_ipv4_address("10.0.0.1"),
            .destination = parse_ipv4_address("239.129.2.3"),
            .source_port = 4000,
            .destination_port = 30001};
}

TEST(MulticastMac, HoldsTheLow23BitsOfTheGroup) {
    const auto mac = [](const char* group) {
        const MacAddress address = multicast_mac(parse_ipv4_address(group));
        return Bytes{address.begin(), address.end()};
    };
    EXPECT_EQ(mac("239.1.2.3"), bytes({0x01, 0x00, 0x5e, 0x01, 0x02, 0x03}));
    EXPECT_EQ(mac("239.129.2.3"), bytes({0x01, 0x00, 0x5e, 0x01, 0x02, 0x03}));
    EXPECT_EQ(mac("224.255.255.255"), bytes({0x01, 0x00, 0x5e, 0x7f, 0xff, 0xff}));
}

TEST(Ipv4HeaderChecksum, AgreesWithAKnownHeader) {
    // The example of en.wikipedia.org/wiki/Internet_checksum; the sum in it must not matter.
    Bytes header = bytes({0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                          0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7});
    EXPECT_EQ(ipv4_header_checksum(header), 0xb861U);
    header[10] = header[11] = std::byte{0};
    EXPECT_EQ(ipv4_header_checksum(header), 0xb861U);
}

TEST(Ipv4HeaderChecksum, CoversOptions) {
    std::mt19937_64 random{1};
    for (std::size_t size = 20; size <= 60; size += 4) {
        Bytes header = test::random_bytes(random, size);
        const std::uint16_t checksum = ipv4_header_checksum(header);
        header[10] = static_cast<std::byte>(checksum >> 8);
        header[11] = static_cast<std::byte>(checksum & 0xff);
        EXPECT_EQ(ones_complement_sum(header), 0xffffU) << size;
    }
}

TEST(UdpChecksum, AgreesWithAKnownDatagram) {
    // 152.1.51.27:41103 to 152.14.94.75:9876, "bb"; added up by hand.
    const Bytes datagram = bytes({0xa0, 0x8f, 0x26, 0x94, 0x00, 0x0a, 0xff, 0xff, 0x62, 0x62});
    EXPECT_EQ(udp_checksum(parse_ipv4_address("152.1.51.27"), parse_ipv4_address("152.14.94.75"),
                           datagram),
              0x14deU);
}

TEST(UdpChecksum, IsNever0) {
    // With this source port the sum is 0xffff, whose complement would say "no checksum".
    Bytes datagram = bytes({0, 0, 0, 0, 0, 8, 0, 0});
    const std::uint16_t with_port_0 = udp_checksum(0, 0, datagram);
    datagram[0] = static_cast<std::byte>(with_port_0 >> 8);
    datagram[1] = static_cast<std::byte>(with_port_0 & 0xff);
    EXPECT_EQ(udp_checksum(0, 0, datagram), 0xffffU);
}

TEST(BuildUdpFrame, IsReadBackByTheParser) {
    std::mt19937_64 random{2};
    std::vector<std::byte> memory(2048);
    for (std::size_t size = 0; size <= 1500; ++size) {
        UdpFrame frame_fields = fields();
        frame_fields.vlan = static_cast<std::uint16_t>(size % 3 == 0 ? 0 : size % 4094 + 1);
        const Bytes payload = test::random_bytes(random, size);
        const auto frame = build_udp_frame(memory, frame_fields, payload);
        ASSERT_FALSE(frame.empty());
        UdpDatagram datagram{};
        ASSERT_EQ(parse_udp_frame(frame, datagram), FrameStatus::ok);
        EXPECT_EQ(test::exact(datagram.payload), payload);
        EXPECT_EQ(datagram.source, frame_fields.source);
        EXPECT_EQ(datagram.destination, frame_fields.destination);
        EXPECT_EQ(datagram.source_port, frame_fields.source_port);
        EXPECT_EQ(datagram.destination_port, frame_fields.destination_port);
        EXPECT_EQ(datagram.vlan, frame_fields.vlan);
    }
}

TEST(BuildUdpFrame, WritesBothChecksums) {
    std::mt19937_64 random{3};
    std::vector<std::byte> memory(2048);
    for (std::size_t size : {0U, 1U, 2U, 3U, 100U, 101U, 1471U, 1472U}) {
        const auto frame = build_udp_frame(memory, fields(), test::random_bytes(random, size));
        EXPECT_EQ(ones_complement_sum(frame.subspan(14, 20)), 0xffffU);
        const std::uint64_t pseudo_header = number_at(frame, 26, 2) + number_at(frame, 28, 2) +
                                            number_at(frame, 30, 2) + number_at(frame, 32, 2) + 17 +
                                            (8 + size);
        EXPECT_EQ(ones_complement_sum(frame.subspan(34), pseudo_header), 0xffffU) << size;
    }
}

TEST(BuildUdpFrame, LaysTheFrameOutAsSpecified) {
    std::array<std::byte, 60> memory;
    UdpFrame frame_fields = fields();
    frame_fields.vlan = 0x123;
    frame_fields.time_to_live = 5;
    const auto frame = build_udp_frame(memory, frame_fields, bytes({0xaa}));
    ASSERT_EQ(frame.size(), 47U);
    EXPECT_EQ(test::exact(frame.first(18)), bytes({0x01, 0x00, 0x5e, 0x01, 0x02, 0x03, 2, 0, 0, 0,
                                                   0, 9, 0x81, 0x00, 0x01, 0x23, 0x08, 0x00}));
    EXPECT_EQ(test::exact(frame.subspan(18, 10)), bytes({0x45, 0, 0, 29, 0, 0, 0x40, 0, 5, 17}));
    EXPECT_EQ(test::exact(frame.subspan(30, 8)), bytes({10, 0, 0, 1, 239, 129, 2, 3}));
    EXPECT_EQ(test::exact(frame.subspan(38, 6)), bytes({0x0f, 0xa0, 0x75, 0x31, 0, 9}));
    EXPECT_EQ(frame[46], std::byte{0xaa});
}

TEST(BuildUdpFrame, UsesTheGivenMacForUnicast) {
    std::array<std::byte, 60> memory;
    UdpFrame frame_fields = fields();
    frame_fields.destination = parse_ipv4_address("10.0.0.2");
    const auto frame = build_udp_frame(memory, frame_fields, {});
    EXPECT_EQ(test::exact(frame.first(6)), bytes({2, 0, 0, 0, 0, 8}));
}

TEST(BuildUdpFrame, RefusesWhatDoesNotFitIntoTheMemory) {
    std::vector<std::byte> memory(14 + 20 + 8 + 100);
    EXPECT_TRUE(build_udp_frame(memory, fields(), Bytes(101)).empty());
    EXPECT_EQ(build_udp_frame(memory, fields(), Bytes(100)).size(), memory.size());
    UdpFrame tagged = fields();
    tagged.vlan = 1;
    EXPECT_TRUE(build_udp_frame(memory, tagged, Bytes(100)).empty());
    EXPECT_TRUE(build_udp_frame({}, fields(), {}).empty());
}

TEST(BuildUdpFrame, RefusesWhatDoesNotFitIntoIpv4) {
    std::vector<std::byte> memory(70'000);
    EXPECT_TRUE(build_udp_frame(memory, fields(), Bytes(65'508)).empty());
    EXPECT_EQ(build_udp_frame(memory, fields(), Bytes(65'507)).size(), 65'507U + 42);
}

TEST(BuildUdpFrame, TakesAPayloadThatLiesInItsMemory) {
    std::vector<std::byte> memory(200);
    std::mt19937_64 random{4};
    const Bytes payload = test::random_bytes(random, 100);
    for (std::size_t offset : {0U, 20U, 42U, 90U}) {
        const std::span<std::byte> place = std::span{memory}.subspan(offset, 100);
        std::copy(payload.begin(), payload.end(), place.begin());
        UdpDatagram datagram{};
        ASSERT_EQ(parse_udp_frame(build_udp_frame(memory, fields(), place), datagram),
                  FrameStatus::ok);
        EXPECT_EQ(test::exact(datagram.payload), payload) << offset;
    }
}

}  // namespace
}  // namespace rxlab::wire
