// SPDX-License-Identifier: MIT
#include "handmade.hpp"

#include <rxlab/capture/frame_content.hpp>

#include <gtest/gtest.h>

#include <random>

namespace rxlab::capture {
namespace {

using namespace test;

constexpr std::uint32_t kMirroredGroup = 0xef010101;
constexpr std::uint32_t kRecorder = 0x0a090909;
constexpr std::uint64_t kNow_s = 1'700'000'000;
constexpr std::uint64_t kNow_ns = kNow_s * kSecond_ns + 5'000;

const Blob kPayload = moldudp64("SESSION001", 7, {"one", "two"});
const Blob kInner = ethernet(ipv4_udp(kMirroredGroup, 30'001, kPayload), {0x8100'002a});

std::span<const std::byte> bytes(const Blob& blob) {
    return std::as_bytes(std::span{blob});
}

Content open(const Blob& frame, bool is_cut = false) {
    return content_of({bytes(frame), kNow_ns, is_cut});
}

Blob ipv4(std::uint8_t protocol, const Blob& payload) {
    return big(0x4500, 2) + big(20 + payload.size(), 2) + big(0, 4) + big(0x40, 1) +
           big(protocol, 1) + big(0, 2) + big(0x0a000001, 4) + big(kRecorder, 4) + payload;
}

void expect_inner(const Content& content, Mirror mirror) {
    EXPECT_EQ(content.status, wire::FrameStatus::ok);
    EXPECT_EQ(content.mirror, mirror);
    EXPECT_EQ(content.datagram.destination, kMirroredGroup);
    EXPECT_EQ(content.datagram.vlan, 42U);
    EXPECT_EQ(content.datagram.payload.size(), kPayload.size());
}

TEST(CaptureContent, IsTheDatagramOfAnOrdinaryFrame) {
    expect_inner(open(kInner), Mirror::none);
    EXPECT_EQ(open(kInner).segment_bytes, 0U);
    EXPECT_EQ(open(kInner).tap.kind, TapKind::none);
    EXPECT_EQ(open("").status, wire::FrameStatus::truncated);
}

TEST(CaptureContent, IsTakenOutOfVxlan) {
    const Blob vxlan = big(0x0800'0000, 4) + big(0x0000'0500, 4);
    for (const std::uint16_t port : {std::uint16_t{4'789}, std::uint16_t{8'472}})
        expect_inner(open(ethernet(ipv4_udp(kRecorder, port, vxlan + kInner))), Mirror::vxlan);
    // A mirror of a mirror.
    const Blob outer = ethernet(ipv4_udp(kRecorder, 4'789, vxlan + kInner));
    expect_inner(open(ethernet(ipv4_udp(kRecorder, 4'789, vxlan + outer))), Mirror::vxlan);
}

TEST(CaptureContent, IsLeftInADatagramThatIsNoVxlan) {
    const std::uint64_t others[] = {0x0800'0001'0000'0500, 0x0801'0000'0000'0500,
                                    0x0800'0000'0000'0501, 0x0000'0000'0000'0500};
    for (const std::uint64_t other : others) {  // a reserved bit each, or no identifier
        const Content content = open(ethernet(ipv4_udp(kRecorder, 4'789, big(other, 8) + kInner)));
        EXPECT_EQ(content.mirror, Mirror::none);
        EXPECT_EQ(content.datagram.destination, kRecorder);
    }
    EXPECT_EQ(open(ethernet(ipv4_udp(kRecorder, 4'789, "short"))).mirror, Mirror::none);
}

TEST(CaptureContent, IsTakenOutOfGreAndErspan) {
    const Blob type1 = big(0x0000'88be, 4);
    const Blob type2 = big(0x1000'88be, 4) + big(9, 4) + big(0x1000'0001, 4) + big(0, 4);
    const Blob type3 = big(0x1000'22eb, 4) + big(9, 4) + big(0x2000'0001, 4) + big(0, 4);
    const Blob plain = type3 + big(0, 4);
    const Blob platform = type3 + big(1, 4) + Blob(8, 'p');
    for (const Blob& header : {type1, type2, plain, platform})
        expect_inner(open(ethernet(ipv4(47, header + kInner))), Mirror::erspan);
    const Blob gre = big(0x2000'6558, 4) + big(5, 4);  // with a key
    expect_inner(open(ethernet(ipv4(47, gre + kInner))), Mirror::gre);
    for (std::size_t size = 0; size < platform.size(); ++size) {
        EXPECT_EQ(open(ethernet(ipv4(47, platform.substr(0, size)))).mirror, Mirror::none) << size;
    }
    // GRE of something else stays what it is.
    EXPECT_EQ(open(ethernet(ipv4(47, big(0x0000'0800, 4) + kInner))).status,
              wire::FrameStatus::not_udp);
}

TEST(CaptureContent, TellsWhichDatagramWasCut) {
    const Content content = open(kInner.substr(0, kInner.size() - 1), true);
    EXPECT_EQ(content.status, wire::FrameStatus::truncated);
    EXPECT_TRUE(content.is_cut);
    EXPECT_EQ(content.datagram.destination, kMirroredGroup);
    EXPECT_EQ(content.datagram.destination_port, 30'001U);
    EXPECT_EQ(content.datagram.vlan, 42U);
    EXPECT_EQ(content.datagram.payload.size(), kPayload.size() - 1);
    for (std::size_t size = 0; size < kInner.size(); ++size) {
        EXPECT_EQ(open(kInner.substr(0, size), true).is_cut, size >= 46) << size;
        EXPECT_FALSE(open(kInner.substr(0, size), false).is_cut) << size;
    }
    // What lost only what is behind the packet lost nothing.
    EXPECT_EQ(open(kInner, true).status, wire::FrameStatus::ok);
    EXPECT_FALSE(open(kInner, true).is_cut);
    // And through a mirror.
    const Blob vxlan = big(0x0800'0000, 4) + big(0x0000'0500, 4);
    const Blob outer = ethernet(ipv4_udp(kRecorder, 4'789, vxlan + kInner));
    const Content inner = open(outer.substr(0, outer.size() - 3), true);
    EXPECT_TRUE(inner.is_cut);
    EXPECT_EQ(inner.datagram.destination, kMirroredGroup);
}

TEST(CaptureContent, TellsASuperpacket) {
    const Blob packet = moldudp64("SESSION001", 7, {"one"});
    EXPECT_EQ(open(ethernet(ipv4_udp(kMirroredGroup, 30'001, packet + packet))).segment_bytes,
              packet.size());
}

// Trailers as the devices write them: checksum, then the rest.
Blob metawatch(std::uint64_t seconds, std::uint64_t ns, std::uint8_t flags = 0,
               const Blob& extensions = {}) {
    return big(0xdeadbeef, 4) + extensions + big(seconds, 4) + big(ns, 4) + big(flags, 1) +
           big(1, 2) + big(7, 1);
}
Blob exablaze(std::uint64_t seconds, std::uint64_t fraction) {
    return big(0xdeadbeef, 4) + big(3, 1) + big(9, 1) + big(seconds, 4) + big(fraction, 5) +
           big(0, 1);
}

void expect_stamp(const Blob& frame, TapKind kind, std::uint64_t time_ns) {
    const TapStamp stamp = tap_stamp(bytes(frame), kNow_ns);
    EXPECT_EQ(stamp.kind, kind);
    EXPECT_EQ(stamp.time_ns, time_ns);
}

TEST(TapStamp, IsReadFromAMetawatchTrailerWithAndWithoutAChecksumBehindIt) {
    const std::uint64_t time_ns = kNow_s * kSecond_ns + 123'456'789;
    const Blob trailer = metawatch(kNow_s, 123'456'789);
    expect_stamp(kInner + trailer, TapKind::metawatch, time_ns);
    expect_stamp(kInner + trailer + big(0xfeedface, 4), TapKind::metawatch, time_ns);
    EXPECT_EQ(open(kInner + trailer).tap.time_ns, time_ns);
    EXPECT_EQ(open(kInner + trailer, true).tap.kind, TapKind::none);  // its end is not there
}

TEST(TapStamp, StepsOverTheExtensionsOfMetawatch) {
    const Blob one = Blob(4, 'x') + big(0x0000'0060, 4);  // a word, and the last
    const Blob two = Blob(8, 'y') + big(0x0001'007f, 4) + Blob(4, 'x') + big(0x0000'0040, 4);
    for (const Blob& extensions : {one, two}) {
        expect_stamp(kInner + metawatch(kNow_s, 5, 0x02, extensions), TapKind::metawatch,
                     kNow_s * kSecond_ns + 5);
    }
    const Blob endless = big(0x0000'03c0, 4);  // says more words than there are
    expect_stamp(kInner + metawatch(kNow_s, 5, 0x02, endless), TapKind::none, 0);
}

TEST(TapStamp, IsReadFromAnExablazeTrailer) {
    const Blob trailer = exablaze(kNow_s, (std::uint64_t{1} << 39) + (std::uint64_t{1} << 38));
    const std::uint64_t time_ns = kNow_s * kSecond_ns + 750'000'000;
    expect_stamp(kInner + trailer, TapKind::exablaze, time_ns);
    expect_stamp(kInner + trailer + big(0xfeedface, 4), TapKind::exablaze, time_ns);
    expect_stamp(kInner + exablaze(kNow_s, (std::uint64_t{1} << 40) - 1), TapKind::exablaze,
                 kNow_s * kSecond_ns + 999'999'999);
    // 7 ns are 7,696.6 units: every bit counts.
    expect_stamp(kInner + exablaze(kNow_s, 7'697), TapKind::exablaze, kNow_s * kSecond_ns + 7);
}

TEST(TapStamp, IsReadFromAnAristaHeader) {
    const auto framed = [](std::uint32_t kind, const Blob& stamp) {
        return kInner.substr(0, 12) + big(0xd28b0001, 4) + big(kind, 2) + stamp + kInner.substr(12);
    };
    const std::uint64_t time_ns = kNow_s * kSecond_ns + 9;
    expect_stamp(framed(0x0110, big(kNow_s, 4) + big(9, 4)), TapKind::arista, time_ns);
    expect_stamp(framed(0x0010, big(kNow_s + 37, 4) + big(9, 4)), TapKind::arista, time_ns);
    expect_stamp(framed(0x0120, big(kNow_s & 0xffff, 2) + big(9, 4)), TapKind::arista, time_ns);
    expect_stamp(framed(0x0020, big((kNow_s + 37) & 0xffff, 2) + big(9, 4)), TapKind::arista,
                 time_ns);
    expect_stamp(framed(0x0110, big(kNow_s, 4) + big(1'000'000'000, 4)), TapKind::none, 0);
    expect_inner(open(framed(0x0110, big(kNow_s, 4) + big(9, 4))), Mirror::none);
}

TEST(TapStamp, OfSixteenBitsIsTheOneNearestToTheRecorders) {
    constexpr std::uint64_t kTurn = 0x65530000;  // where the lower half begins again
    const auto read = [](std::uint64_t seconds, std::uint64_t recorded_s) {
        const Blob frame = kInner.substr(0, 12) + big(0xd28b0001, 4) + big(0x0120, 2) +
                           big(seconds & 0xffff, 2) + big(0, 4) + kInner.substr(12);
        return tap_stamp(bytes(frame), recorded_s * kSecond_ns).time_ns / kSecond_ns;
    };
    EXPECT_EQ(read(kTurn - 1, kTurn + 1), kTurn - 1);
    EXPECT_EQ(read(kTurn + 1, kTurn - 1), kTurn + 1);
    EXPECT_EQ(read(kTurn + 9, kTurn + 5), kTurn + 9);
}

TEST(TapStamp, MayStandBehindThePaddingOfAShortFrame) {
    Blob frame = ethernet(ipv4_udp(kMirroredGroup, 30'001, "short"));
    frame.resize(60);
    expect_stamp(frame + metawatch(kNow_s, 5), TapKind::metawatch, kNow_s * kSecond_ns + 5);
    frame.resize(64);
    expect_stamp(frame + metawatch(kNow_s, 5), TapKind::metawatch, kNow_s * kSecond_ns + 5);
    frame.resize(62);
    expect_stamp(frame + metawatch(kNow_s, 5), TapKind::metawatch, kNow_s * kSecond_ns + 5);
    frame.back() = 'x';
    expect_stamp(frame + metawatch(kNow_s, 5), TapKind::none, 0);
    expect_stamp(kInner + Blob(8, '\0') + metawatch(kNow_s, 5), TapKind::metawatch,
                 kNow_s * kSecond_ns + 5);
}

TEST(TapStamp, IsNotGuessed) {
    expect_stamp(kInner, TapKind::none, 0);
    expect_stamp(kInner + metawatch(kNow_s + 90'000, 5), TapKind::none, 0);  // another day
    expect_stamp(kInner + metawatch(kNow_s - 90'000, 5), TapKind::none, 0);
    expect_stamp(kInner + metawatch(kNow_s, 1'000'000'000), TapKind::none, 0);  // no nanoseconds
    expect_stamp(kInner + Blob(3, 'x') + metawatch(kNow_s, 5), TapKind::none, 0);
    expect_stamp(kInner + exablaze(kNow_s + 90'000, 5), TapKind::none, 0);
    // Within the packet, these bytes are payload.
    expect_stamp(ethernet(ipv4_udp(kMirroredGroup, 30'001, kPayload + metawatch(kNow_s, 5))),
                 TapKind::none, 0);
    const Blob trailer = metawatch(kNow_s, 5);
    for (std::size_t size = 0; size < trailer.size(); ++size)
        expect_stamp(kInner + trailer.substr(0, size), TapKind::none, 0);
    std::mt19937_64 random{1};
    int found = 0;
    for (int i = 0; i < 20'000; ++i) {
        Blob behind(random() % 25, '\0');
        for (char& c : behind)
            c = static_cast<char>(random());
        found += tap_stamp(bytes(kInner + behind), kNow_ns).kind != TapKind::none ? 1 : 0;
    }
    EXPECT_LE(found, 2);
}

TEST(CaptureTally, CountsMirrorsStampsAndCutFramesAndRemarksOnThem) {
    const Blob vxlan = big(0x0800'0000, 4) + big(0x0000'0500, 4);
    const Blob packet = moldudp64("SESSION001", 7, {"one"});
    const Blob frames[] = {kInner + metawatch(kNow_s, 1'000), kInner + metawatch(kNow_s, 9'000),
                           ethernet(ipv4_udp(kRecorder, 4'789, vxlan + kInner)),
                           ethernet(ipv4_udp(kMirroredGroup, 1, packet + packet)),
                           kInner.substr(0, 50)};
    Tally tally;
    for (const Blob& blob : frames) {
        const Frame frame{bytes(blob), kNow_ns, blob.size() == 50};
        tally.count(frame, content_of(frame));
    }
    EXPECT_EQ(tally.mirrored(), 1U);
    EXPECT_EQ(tally.tap_stamps(), 2U);
    EXPECT_EQ(tally.tap_behind_ns_min, -4'000);
    EXPECT_EQ(tally.tap_behind_ns_max, 4'000);
    EXPECT_EQ(tally.cut_datagrams, 1U);
    EXPECT_EQ(tally.superpackets, 1U);
    const TemporaryFile file{pcap_header(Order::little, 0xa1b23c4d, 1)};
    const Reader reader{file.path()};
    EXPECT_EQ(remarks(reader, tally).size(), 4U);
    EXPECT_TRUE(remarks(reader, {}).empty());
    std::string names;
    for (const Counter& counter : counters_of(reader, tally))
        names += counter.name + ' ';
    for (const char* name : {"frames_truncated ", "cut_frames ", "cut_datagrams ", "superpackets ",
                             "mirrored_vxlan ", "tap_stamps_metawatch ", "tap_behind_ns_min "})
        EXPECT_NE(names.find(name), std::string::npos) << name;
}

}  // namespace
}  // namespace rxlab::capture
