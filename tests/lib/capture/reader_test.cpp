// SPDX-License-Identifier: MIT
#include "handmade.hpp"

#include <rxlab/capture/reader.hpp>
#include <rxlab/wire/frame.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace rxlab::capture {
namespace {

using namespace test;

constexpr std::uint32_t kMicro = 0xa1b2c3d4;
constexpr std::uint32_t kNano = 0xa1b23c4d;
constexpr std::uint32_t kEthernet = 1;
constexpr std::uint32_t kGroup = 0xef010101;

const Blob kPacket = ipv4_udp(kGroup, 30'001, "payload");

struct Read {
    std::vector<std::uint64_t> times_ns;
    std::vector<Blob> payloads;  // of UDP datagrams
    std::vector<std::uint16_t> vlans;
    std::vector<bool> cut;
    wire::FrameCounters frames;
    std::string failure;
};

Read read(const Blob& capture) {
    const TemporaryFile file{capture};
    Reader reader{file.path()};
    Read result;
    Frame frame;
    while (reader.next(frame)) {
        result.times_ns.push_back(frame.time_ns);
        result.cut.push_back(frame.is_cut);
        wire::UdpDatagram datagram{};
        const auto status = wire::parse_udp_frame(frame.bytes, datagram);
        result.frames.count(status);
        if (status != wire::FrameStatus::ok) continue;
        result.payloads.emplace_back(reinterpret_cast<const char*>(datagram.payload.data()),
                                     datagram.payload.size());
        result.vlans.push_back(datagram.vlan);
    }
    EXPECT_FALSE(reader.next(frame));  // stays at the end
    EXPECT_EQ(reader.frames(), result.times_ns.size());
    result.failure = reader.failure();
    return result;
}

std::string refusal(const Blob& content) {
    const TemporaryFile file{content};
    try {
        const Reader reader{file.path()};
        return "read";
    } catch (const std::runtime_error& error) {
        std::string text = error.what();
        const std::size_t path = text.find(file.path().string());
        EXPECT_NE(path, std::string::npos) << text;
        return path == std::string::npos ? text
                                         : text.replace(path, file.path().string().size(), "FILE");
    }
}

TEST(CaptureReader, ReadsBothResolutionsInBothByteOrders) {
    for (const Order order : {Order::little, Order::big}) {
        const Read micro = read(pcap_header(order, kMicro, kEthernet) +
                                pcap_record(order, 1'577'957'400, 123'456, ethernet(kPacket)));
        EXPECT_EQ(micro.times_ns, std::vector<std::uint64_t>{1'577'957'400'123'456'000});
        const Read nano = read(pcap_header(order, kNano, kEthernet) +
                               pcap_record(order, 1'577'957'400, 123'456'789, ethernet(kPacket)));
        EXPECT_EQ(nano.times_ns, std::vector<std::uint64_t>{1'577'957'400'123'456'789});
        EXPECT_EQ(nano.payloads, std::vector<Blob>{"payload"});
        EXPECT_EQ(nano.failure, "");
    }
}

TEST(CaptureReader, ReadsStampsAfter2038) {
    const Read result = read(pcap_header(Order::little, kNano, kEthernet) +
                             pcap_record(Order::little, 4'000'000'000, 5, ethernet(kPacket)));
    EXPECT_EQ(result.times_ns, std::vector<std::uint64_t>{4'000'000'000'000'000'005});
}

TEST(CaptureReader, ReadsPcapngOfSeveralInterfacesEachWithItsOwnResolution) {
    const Read result =
        read(pcapng_section() + pcapng_interface(kEthernet, 9) + pcapng_interface(kEthernet, 6) +
             pcapng_packet(0, 1'577'957'400'000'000'007, ethernet(kPacket)) +
             pcapng_packet(1, 1'577'957'400'000'001, ethernet(kPacket)));
    EXPECT_EQ(result.times_ns,
              (std::vector<std::uint64_t>{1'577'957'400'000'000'007, 1'577'957'400'000'001'000}));
    EXPECT_EQ(result.payloads, (std::vector<Blob>{"payload", "payload"}));
    EXPECT_EQ(result.failure, "");
}

TEST(CaptureReader, GivesTaggedAndDoublyTaggedFramesAsTheyAre) {
    const auto record = [](const Blob& frame) { return pcap_record(Order::little, 1, 0, frame); };
    const Read result = read(pcap_header(Order::little, kNano, kEthernet) +
                             record(ethernet(kPacket)) + record(ethernet(kPacket, {0x8100'002a})) +
                             record(ethernet(kPacket, {0x88a8'0007, 0x8100'002a})));
    EXPECT_EQ(result.payloads, (std::vector<Blob>{"payload", "payload", "payload"}));
    EXPECT_EQ(result.vlans, (std::vector<std::uint16_t>{0, 42, 42}));
}

TEST(CaptureReader, MakesEthernetOfOtherLinkTypes) {
    const Blob cooked = big(2, 2) + big(1, 2) + big(6, 2) + Blob(8, 'a');
    const Blob cooked2 = Blob(2, '\0') + big(3, 4) + big(1, 2) + Blob("\x02\x06", 2) + Blob(8, 'a');
    const Blob tag = big(0x002a'0800, 4);
    struct Case {
        std::uint32_t link_type;
        Blob frame;
        std::uint16_t vlan;
    };
    const Case cases[] = {{113, cooked + big(0x0800, 2) + kPacket, 0},
                          {113, cooked + big(0x8100, 2) + tag + kPacket, 42},
                          {276, big(0x0800, 2) + cooked2 + kPacket, 0},
                          {276, big(0x8100, 2) + cooked2 + tag + kPacket, 42},
                          {101, kPacket, 0},
                          {228, kPacket, 0}};
    for (const Case& c : cases) {
        const Read result = read(pcap_header(Order::little, kNano, c.link_type) +
                                 pcap_record(Order::little, 1, 0, c.frame));
        EXPECT_EQ(result.payloads, std::vector<Blob>{"payload"}) << "link type " << c.link_type;
        EXPECT_EQ(result.vlans, std::vector<std::uint16_t>{c.vlan});
    }
}

TEST(CaptureReader, LeavesWhatIsNoDatagramToTheParsersCounters) {
    Blob fragment = kPacket;
    fragment[6] = 0x20;  // more fragments
    const auto record = [](const Blob& frame, std::size_t wire_bytes = 0) {
        return pcap_record(Order::little, 1, 0, frame, wire_bytes);
    };
    const Blob whole = ethernet(kPacket);
    const Read result =
        read(pcap_header(Order::little, kNano, kEthernet) + record(ethernet(fragment)) +
             record(whole.substr(0, 30), whole.size()) + record("") +
             record(big(1, 6) + big(2, 6) + big(0x0806, 2) + Blob(28, '\0')));  // ARP
    EXPECT_EQ(result.frames[wire::FrameStatus::fragment], 1U);
    EXPECT_EQ(result.frames[wire::FrameStatus::truncated], 2U);
    EXPECT_EQ(result.frames[wire::FrameStatus::not_ipv4], 1U);
    EXPECT_EQ(result.cut, (std::vector<bool>{false, true, false, false}));
    for (const std::uint32_t cooked : {113U, 276U}) {
        const Read shorter =
            read(pcap_header(Order::little, kNano, cooked) + record("\x08\x08\x08"));
        EXPECT_EQ(shorter.frames[wire::FrameStatus::truncated], 1U);
    }
}

TEST(CaptureReader, SaysWhereAFileIsCutShort) {
    const Blob header = pcap_header(Order::little, kNano, kEthernet);
    const Blob record = pcap_record(Order::little, 1, 0, ethernet(kPacket));
    for (const std::size_t left : {std::size_t{7}, record.size() - 1}) {
        const Read result = read(header + record + record + record.substr(0, left));
        EXPECT_EQ(result.payloads.size(), 2U);
        EXPECT_NE(result.failure.find("truncated"), std::string::npos) << result.failure;
        EXPECT_NE(result.failure.find("2 frames were read before it"), std::string::npos)
            << result.failure;
    }
    const Blob block = pcapng_packet(0, 1, ethernet(kPacket));
    const Read pcapng = read(pcapng_section() + pcapng_interface(kEthernet, 9) + block +
                             block.substr(0, block.size() - 3));
    EXPECT_EQ(pcapng.payloads.size(), 1U);
    EXPECT_NE(pcapng.failure.find("truncated"), std::string::npos) << pcapng.failure;
}

TEST(CaptureReader, RefusesWhatItCannotReadInOneClearLine) {
    EXPECT_EQ(refusal(pcap_header(Order::little, kNano, 105)),
              "read capture FILE: link type IEEE802_11; Ethernet, Linux cooked (SLL, SLL2) and raw "
              "IP can be read");
    EXPECT_EQ(refusal("these are no packets, but words"),
              "read capture FILE: neither pcap nor pcapng");
    EXPECT_EQ(refusal(""), "read capture FILE: the file is empty");
    EXPECT_EQ(refusal("\x1f\x8b\x08 and so on"),
              "read capture FILE: compressed; unpack it first (gunzip)");
    EXPECT_EQ(refusal("\x28\xb5\x2f\xfd and so on"),
              "read capture FILE: compressed; unpack it first (zstd -d)");
    EXPECT_NE(refusal(pcap_header(Order::little, kNano, kEthernet).substr(0, 11)).find("truncated"),
              std::string::npos);
    try {
        const Reader reader{"/no/such.pcap"};
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "read capture /no/such.pcap: No such file or directory");
    }
}

TEST(CaptureReader, RefusesAnInterfaceOfAnotherLinkTypeWhereItComes) {
    const Read result = read(pcapng_section() + pcapng_interface(kEthernet, 9) +
                             pcapng_packet(0, 1, ethernet(kPacket)) + pcapng_interface(105, 9));
    EXPECT_EQ(result.payloads.size(), 1U);
    EXPECT_NE(result.failure.find("different from the type"), std::string::npos) << result.failure;
}

}  // namespace
}  // namespace rxlab::capture
