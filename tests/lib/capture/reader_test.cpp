// SPDX-License-Identifier: MIT
#include "handmade.hpp"

#include <rxlab/capture/reader.hpp>
#include <rxlab/wire/frame.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
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
                          {12, kPacket, 0},
                          {0, little(2, 4) + kPacket, 0},
                          {0, big(2, 4) + kPacket, 0},
                          {108, big(2, 4) + kPacket, 0},
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
    const Read other_family = read(pcap_header(Order::little, kNano, 0) +
                                   record(little(30, 4) + kPacket));  // AF_INET6 of macOS
    EXPECT_EQ(other_family.frames[wire::FrameStatus::not_ipv4], 1U);
    for (const std::uint32_t cooked : {113U, 276U, 0U, 108U}) {
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
              "read capture FILE: link type IEEE802_11; Ethernet, Linux cooked (SLL, SLL2), raw IP "
              "and BSD loopback (NULL, LOOP) can be read");
    EXPECT_EQ(refusal(number(Order::little, kNano, 4) + number(Order::little, 1, 2) + Blob(18, 0)),
              "read capture FILE: pcap of version 1.0; 2.3 and 2.4 can be read");
    EXPECT_EQ(refusal("these are no packets, but words"),
              "read capture FILE: neither pcap nor pcapng");
    EXPECT_EQ(refusal(""), "read capture FILE: the file is empty");
    EXPECT_EQ(refusal("\x1f\x8b\x08 and so on"),
              "read capture FILE: compressed; unpack it first (gunzip)");
    EXPECT_EQ(refusal("\x28\xb5\x2f\xfd and so on"),
              "read capture FILE: compressed; unpack it first (zstd -d)");
    EXPECT_EQ(refusal("\xfd\x37zXZ and so on"),
              "read capture FILE: compressed; unpack it first (xz -d)");
    EXPECT_NE(refusal(pcap_header(Order::little, kNano, kEthernet).substr(0, 11)).find("truncated"),
              std::string::npos);
    try {
        const Reader reader{"/no/such.pcap"};
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(),
                     "read capture /no/such.pcap: No such file or directory; name a pcap or pcapng "
                     "file that can be read");
    }
}

TEST(CaptureReader, ReadsInterfacesThatDifferInSnapLengthLinkTypeAndResolution) {
    const Blob frame = ethernet(kPacket);
    const Blob loopback = little(2, 4) + kPacket;
    const Read result = read(
        pcapng_section() + pcapng_interface(kEthernet, 9, 65'535) +
        pcapng_interface(kEthernet, 6, 45) + pcapng_interface(0, '\x8a', 262'144) +
        pcapng_packet(0, 1'577'957'400'000'000'007, frame) +
        pcapng_packet(1, 1'577'957'400'000'001, frame.substr(0, 45), Order::little, frame.size()) +
        pcapng_packet(2, (std::uint64_t{1'577'957'400} << 10) + 512, loopback));
    EXPECT_EQ(result.times_ns,
              (std::vector<std::uint64_t>{1'577'957'400'000'000'007, 1'577'957'400'000'001'000,
                                          1'577'957'400'500'000'000}));
    EXPECT_EQ(result.payloads, (std::vector<Blob>{"payload", "payload"}));
    EXPECT_EQ(result.cut, (std::vector<bool>{false, true, false}));
    EXPECT_EQ(result.failure, "");
}

TEST(CaptureReader, ReadsPcapngOfEitherByteOrderAndSeveralSections) {
    Blob file;
    for (const Order order : {Order::big, Order::little}) {  // each with an interface 0 of its own
        const bool is_big = order == Order::big;
        file += pcapng_section(order) + pcapng_interface(kEthernet, is_big ? 6 : 9, 0, {}, order) +
                pcapng_packet(0, 1'577'957'400'000'007, ethernet(kPacket), order);
    }
    const Read result = read(file);
    EXPECT_EQ(result.times_ns,
              (std::vector<std::uint64_t>{1'577'957'400'000'007'000, 1'577'957'400'000'007}));
    EXPECT_EQ(result.payloads, (std::vector<Blob>(2, "payload")));
}

TEST(CaptureReader, KnowsEveryResolutionOfPcapngAndItsOffset) {
    struct Case {
        char resolution;
        std::uint64_t stamp;
        std::int64_t offset_s;
        std::uint64_t time_ns;
    };
    const Case cases[] = {
        {0, 7, 0, 7'000'000'000},
        {3, 7'001, 0, 7'001'000'000},
        {12, 7'000'000'001'999, 0, 7'000'000'001},  // picoseconds
        {19, 10'000'000'020'000'000'000U, 0, 1'000'000'002},
        {'\x80', 7, 0, 7'000'000'000},
        {'\xa0', (std::uint64_t{7} << 32) + (std::uint64_t{1} << 31), 0, 7'500'000'000},  // as NTP
        {'\xbf', (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62), 0, 1'500'000'000},
        {9, 5, 1'577'957'400, 1'577'957'400'000'000'005},
        {9, 9'000'000'005, -2, 7'000'000'005}};
    for (const Case& c : cases) {
        const Blob offset = pcapng_option(14, little(static_cast<std::uint64_t>(c.offset_s), 8));
        const Read result =
            read(pcapng_section() + pcapng_interface(kEthernet, c.resolution, 0, offset) +
                 pcapng_packet(0, c.stamp, ethernet(kPacket)));
        EXPECT_EQ(result.times_ns, std::vector<std::uint64_t>{c.time_ns})
            << static_cast<int>(c.resolution);
    }
    for (const char resolution : {char{20}, '\xc0'}) {
        const Read result = read(pcapng_section() + pcapng_interface(kEthernet, resolution));
        EXPECT_NE(result.failure.find("damaged: interface 0 has stamps of"), std::string::npos)
            << result.failure;
    }
}

TEST(CaptureReader, StepsOverBlocksThatItDoesNotKnow) {
    const Blob packet = pcapng_packet(0, 1, ethernet(kPacket));
    const Read result = read(pcapng_section() + pcapng_block(0x0bad, "a custom block, ") +
                             pcapng_interface(kEthernet, 9) + packet + pcapng_block(4, "") +
                             pcapng_block(0x4000'0bad, Blob(100'000, 'x')) + packet);
    EXPECT_EQ(result.payloads, (std::vector<Blob>{"payload", "payload"}));
    EXPECT_EQ(result.failure, "");
}

TEST(CaptureReader, ReadsSimpleAndOldPacketBlocks) {
    const Blob frame = ethernet(kPacket);
    const Blob simple = pcapng_block(3, little(frame.size(), 4) + padded(frame));
    // Its captured length is nowhere: 46 bytes of the snap length, and two to a multiple of four.
    const Blob cut = pcapng_block(3, little(frame.size(), 4) + padded(frame.substr(0, 46)));
    const Blob old =
        pcapng_block(2, little(0, 2) + little(0, 2) + little(0, 4) + little(9, 4) +
                            little(frame.size(), 4) + little(frame.size(), 4) + padded(frame));
    const TemporaryFile of_cut{pcapng_section() + pcapng_interface(kEthernet, 9, 46) + cut};
    Reader cut_reader{of_cut.path()};
    Frame cut_frame;
    ASSERT_TRUE(cut_reader.next(cut_frame));
    EXPECT_TRUE(cut_frame.is_cut);
    EXPECT_EQ(cut_frame.bytes.size(), 46U);
    const TemporaryFile both{pcapng_section() + pcapng_interface(kEthernet, 9) + old + simple};
    Reader reader{both.path()};
    Frame read_frame;
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(reader.next(read_frame));
        EXPECT_EQ(read_frame.bytes.size(), frame.size());
        EXPECT_EQ(read_frame.time_ns, 9U);  // a simple packet has none: that of the one before
    }
    EXPECT_EQ(reader.frames_without_time(), 1U);
}

TEST(CaptureReader, LeavesOutAndCountsInterfacesOfOtherLinkTypes) {
    const TemporaryFile file{pcapng_section() + pcapng_interface(kEthernet, 9) +
                             pcapng_packet(0, 1, ethernet(kPacket)) + pcapng_interface(105, 9) +
                             pcapng_packet(1, 2, Blob(300'000, 'x')) +  // longer than any is read
                             pcapng_packet(0, 3, ethernet(kPacket))};
    Reader reader{file.path()};
    Frame frame;
    while (reader.next(frame)) {
    }
    EXPECT_EQ(reader.frames(), 2U);
    EXPECT_EQ(reader.failure(), "");
    ASSERT_EQ(reader.refused().size(), 1U);
    EXPECT_EQ(reader.refused()[0].name, "IEEE802_11");
    EXPECT_EQ(reader.refused()[0].frames, 1U);
}

TEST(CaptureReader, FailsWhereNoInterfaceCanBeRead) {
    const Read result =
        read(pcapng_section() + pcapng_interface(105, 9) + pcapng_packet(0, 1, "wireless"));
    EXPECT_NE(result.failure.find("link type IEEE802_11"), std::string::npos) << result.failure;
    EXPECT_EQ(read(pcapng_section() + pcapng_interface(105, 9)).failure, "");  // nothing in it
}

TEST(CaptureReader, TellsWhatTheRecorderLost) {
    const auto statistics = [](std::uint64_t drops) {
        return pcapng_block(
            5, little(0, 4) + little(0, 8) + pcapng_option(5, little(drops, 8)) + Blob(4, '\0'));
    };
    const Blob part = pcapng_section() + pcapng_interface(kEthernet, 9) + statistics(3) +
                      statistics(7) + pcapng_packet(0, 1, ethernet(kPacket));
    const TemporaryFile file{part + part};
    Reader reader{file.path()};
    Frame frame;
    while (reader.next(frame)) {
    }
    EXPECT_EQ(reader.recorder_drops(), 14U);  // the last of each section
}

TEST(CaptureReader, TellsDamage) {
    const auto failure = [](const Blob& rest) {
        return read(pcapng_section() + pcapng_interface(kEthernet, 9) + rest).failure;
    };
    Blob block = pcapng_packet(0, 1, ethernet(kPacket));
    EXPECT_NE(failure(pcapng_packet(5, 1, ethernet(kPacket))).find("interface 5"),
              std::string::npos);
    block[4] = static_cast<char>(block[4] + 1);  // a length that is no multiple of four
    EXPECT_NE(failure(block).find("damaged"), std::string::npos);
    block = pcapng_packet(0, 1, ethernet(kPacket));
    block[block.size() - 4] = 0;  // the length at its end
    EXPECT_NE(failure(block).find("ends with the length"), std::string::npos);
    block = pcapng_packet(0, 1, ethernet(kPacket));
    block[20] = '\x70';  // more bytes of packet than of block
    EXPECT_NE(failure(block).find("too short for a frame"), std::string::npos);
    const Read record =
        read(pcap_header(Order::little, kNano, kEthernet) + number(Order::little, 0, 8) +
             number(Order::little, 262'145, 4) + Blob(300'000, 'x'));
    EXPECT_NE(record.failure.find("a frame of 262145 bytes"), std::string::npos) << record.failure;
}

TEST(CaptureReader, EndsCleanlyOrSaysTruncatedWhereverAFileIsCut) {
    const Blob record = pcap_record(Order::little, 1, 0, ethernet(kPacket));
    const Blob packet = pcapng_packet(0, 1, ethernet(kPacket));
    const Blob files[] = {
        pcap_header(Order::little, kNano, kEthernet) + record + record,
        pcapng_section() + pcapng_interface(kEthernet, 9) + packet + pcapng_block(4, "abcd")};
    for (const Blob& whole : files) {
        int clean = 0;
        for (std::size_t size = 28; size < whole.size(); ++size) {  // behind the first header
            const Read result = read(whole.substr(0, size));
            if (result.failure.empty()) ++clean;
            EXPECT_TRUE(result.failure.empty() ||
                        result.failure.find("truncated") != std::string::npos)
                << size << ": " << result.failure;
        }
        EXPECT_LE(clean, 3);  // between blocks or records
    }
}

TEST(CaptureReader, ReadsAPipe) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const Blob content =
        pcapng_section() + pcapng_interface(kEthernet, 9) + pcapng_packet(0, 1, ethernet(kPacket));
    ASSERT_EQ(write(ends[1], content.data(), content.size()), static_cast<ssize_t>(content.size()));
    close(ends[1]);
    Reader reader{fdopen(ends[0], "r"), "pipe"};
    Frame frame;
    EXPECT_TRUE(reader.next(frame));
    EXPECT_FALSE(reader.next(frame));
    EXPECT_EQ(reader.failure(), "");
}

TEST(CaptureReader, ReadsThePatchedPcapOfThe1990s) {
    const Blob frame = ethernet(kPacket);
    const Read result =
        read(pcap_header(Order::big, 0xa1b2cd34, kEthernet) + number(Order::big, 5, 4) +
             number(Order::big, 6, 4) + number(Order::big, frame.size(), 4) +
             number(Order::big, frame.size(), 4) + Blob(8, '\0') + frame);
    EXPECT_EQ(result.times_ns, std::vector<std::uint64_t>{5'000'006'000});
    EXPECT_EQ(result.payloads, std::vector<Blob>{"payload"});
}

}  // namespace
}  // namespace rxlab::capture
