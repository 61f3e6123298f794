// SPDX-License-Identifier: MIT
//
// Frames here are put together byte by byte, without build_udp_frame().
#include "test_bytes.hpp"

#include <rxlab/wire/frame.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace rxlab::wire {
namespace {

using test::Bytes;
using test::bytes;

const Bytes kMacs = bytes({0x01, 0x00, 0x5e, 0x01, 0x02, 0x03, 0x02, 0, 0, 0, 0, 0x01});

// What goes into a frame, with the faults that a test wants.
struct Recipe {
    Bytes tags_and_type = bytes({0x08, 0x00});
    int version_and_words = 0x45;
    int fragment = 0x4000;
    int protocol = 17;
    int total_length = -1;  // -1: the right one
    int udp_length = -1;    // likewise
    Bytes options{};
    Bytes payload = bytes({'p', 'a', 'y', 'l', 'o', 'a', 'd'});
    Bytes padding{};
};

Bytes frame_of(const Recipe& recipe) {
    const int udp = static_cast<int>(8 + recipe.payload.size());
    const int total = static_cast<int>(20 + recipe.options.size()) + udp;
    const int total_length = recipe.total_length < 0 ? total : recipe.total_length;
    const int udp_length = recipe.udp_length < 0 ? udp : recipe.udp_length;
    Bytes frame = kMacs;
    test::append(frame, recipe.tags_and_type);
    test::append(frame, bytes({recipe.version_and_words,
                               0,
                               total_length >> 8,
                               total_length & 0xff,
                               0,
                               0,
                               recipe.fragment >> 8,
                               recipe.fragment & 0xff,
                               1,
                               recipe.protocol,
                               0,
                               0,
                               10,
                               0,
                               0,
                               1,
                               239,
                               1,
                               2,
                               3}));
    test::append(frame, recipe.options);
    test::append(frame, bytes({0x12, 0x34, 0x75, 0x31, udp_length >> 8, udp_length & 0xff, 0, 0}));
    test::append(frame, recipe.payload);
    test::append(frame, recipe.padding);
    return frame;
}

FrameStatus status_of(const Recipe& recipe) {
    UdpDatagram datagram{};
    return parse_udp_frame(frame_of(recipe), datagram);
}

// Expects the frame to be taken, with the recipe's payload and this VLAN id.
void expect_taken(const Recipe& recipe, std::uint16_t vlan) {
    const Bytes frame = frame_of(recipe);
    UdpDatagram datagram{};
    ASSERT_EQ(parse_udp_frame(frame, datagram), FrameStatus::ok);
    EXPECT_EQ(datagram.source, 0x0a000001U);
    EXPECT_EQ(datagram.destination, 0xef010203U);
    EXPECT_EQ(datagram.source_port, 0x1234U);
    EXPECT_EQ(datagram.destination_port, 30001U);
    EXPECT_EQ(test::exact(datagram.payload), recipe.payload);
    EXPECT_EQ(datagram.vlan, vlan);
}

TEST(ParseUdpFrame, TakesAnUntaggedFrame) {
    expect_taken({}, 0);
}

TEST(ParseUdpFrame, TakesAnEmptyPayload) {
    expect_taken({.payload = {}}, 0);
}

TEST(ParseUdpFrame, TakesAVlanTag) {
    // Priority 5, drop eligible, id 0x123.
    expect_taken({.tags_and_type = bytes({0x81, 0x00, 0xb1, 0x23, 0x08, 0x00})}, 0x123);
}

TEST(ParseUdpFrame, TellsTheInnerOfTwoVlanTags) {
    expect_taken(
        {.tags_and_type = bytes({0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x0f, 0xff, 0x08, 0x00})},
        0xfff);
    expect_taken(
        {.tags_and_type = bytes({0x81, 0x00, 0x00, 0x64, 0x81, 0x00, 0x00, 0x07, 0x08, 0x00})}, 7);
}

TEST(ParseUdpFrame, TakesTheOldTypesOfAnOuterTag) {
    for (const int type : {0x91, 0x92}) {
        expect_taken(
            {.tags_and_type = bytes({type, 0x00, 0x00, 0x0a, 0x81, 0x00, 0x00, 0x14, 0x08, 0x00})},
            20);
    }
}

TEST(ParseUdpFrame, TakesFourVlanTagsAndRefusesFive) {
    Bytes tags;
    for (int i = 1; i <= kVlanTagsMax; ++i)
        test::append(tags, bytes({0x81, 0x00, 0, i}));
    Bytes more = tags;
    test::append(tags, bytes({0x08, 0x00}));
    expect_taken({.tags_and_type = tags}, kVlanTagsMax);
    test::append(more, bytes({0x81, 0x00, 0, 9, 0x08, 0x00}));
    EXPECT_EQ(status_of({.tags_and_type = more}), FrameStatus::not_ipv4);
}

// Type, subtype, timescale, format; then seconds and nanoseconds, and what follows.
const Bytes kArista64 =
    bytes({0xd2, 0x8b, 0, 1, 0, 0x10, 1, 2, 3, 4, 0, 0, 0, 5, 0x81, 0, 0, 7, 0x08, 0});
const Bytes kArista48 = bytes({0xd2, 0x8b, 0, 1, 1, 0x21, 3, 4, 0, 0, 0, 5, 0x08, 0});

TEST(ParseUdpFrame, StepsOverAnAristaSwitchsTimeStamp) {
    expect_taken({.tags_and_type = kArista64}, 7);
    expect_taken({.tags_and_type = kArista48}, 0);
    const Bytes frame = frame_of({.tags_and_type = kArista64});
    const auto tags =
        detail::skip_vlan_tags(std::span{frame}.subspan(sizeof(EthernetHeader)), kEtherTypeArista);
    EXPECT_EQ(tags.arista_stamp, sizeof(EthernetHeader));
    EXPECT_EQ(tags.bytes, 18U);
}

TEST(ParseUdpFrame, RefusesAnAristaHeaderOfUnknownLength) {
    for (const std::size_t at : {std::size_t{3}, std::size_t{5}}) {  // subtype, format
        Bytes header = kArista64;
        header[at] = std::byte{0x70};
        EXPECT_EQ(status_of({.tags_and_type = header}), FrameStatus::not_ipv4);
    }
    const Bytes frame = frame_of({.tags_and_type = kArista64});
    UdpDatagram datagram{};
    for (std::size_t size = sizeof(EthernetHeader); size < 30; ++size) {
        EXPECT_EQ(parse_udp_frame(test::exact(std::span{frame}.first(size)), datagram),
                  FrameStatus::truncated)
            << size;
    }
}

TEST(ParseUdpFrame, RefusesOtherEtherTypes) {
    EXPECT_EQ(status_of({.tags_and_type = bytes({0x86, 0xdd})}), FrameStatus::not_ipv4);  // IPv6
    EXPECT_EQ(status_of({.tags_and_type = bytes({0x08, 0x06})}), FrameStatus::not_ipv4);  // ARP
    EXPECT_EQ(status_of({.tags_and_type = bytes({0x81, 0x00, 0, 1, 0x08, 0x06})}),
              FrameStatus::not_ipv4);
}

TEST(ParseUdpFrame, StepsOverIpv4Options) {
    for (int words = 6; words <= 15; ++words) {
        const Bytes options(static_cast<std::size_t>(words - 5) * 4, std::byte{1});
        expect_taken({.version_and_words = 0x40 + words, .options = options}, 0);
    }
}

TEST(ParseUdpFrame, RefusesOptionsBeyondTheTotalLength) {
    Recipe recipe{.version_and_words = 0x4f};  // says 60 bytes, has 20
    EXPECT_EQ(status_of(recipe), FrameStatus::bad_length);
}

TEST(ParseUdpFrame, RefusesOtherVersionsAndShortHeaders) {
    for (int value : {0x00, 0x44, 0x40, 0x35, 0x55, 0x65, 0xff}) {
        EXPECT_EQ(status_of({.version_and_words = value}), FrameStatus::bad_version_or_header)
            << value;
    }
}

TEST(ParseUdpFrame, RefusesFirstAndLaterFragments) {
    EXPECT_EQ(status_of({.fragment = 0x2000}), FrameStatus::fragment);
    EXPECT_EQ(status_of({.fragment = 0x2001}), FrameStatus::fragment);
    EXPECT_EQ(status_of({.fragment = 0x0001}), FrameStatus::fragment);
    EXPECT_EQ(status_of({.fragment = 0x1fff}), FrameStatus::fragment);
    EXPECT_EQ(status_of({.fragment = 0x0000}), FrameStatus::ok);
    EXPECT_EQ(status_of({.fragment = 0x8000}), FrameStatus::ok);  // the reserved flag says nothing
}

TEST(ParseUdpFrame, RefusesOtherProtocols) {
    EXPECT_EQ(status_of({.protocol = 6}), FrameStatus::not_udp);
    EXPECT_EQ(status_of({.fragment = 0x2000, .protocol = 6}), FrameStatus::not_udp);
    EXPECT_EQ(status_of({.protocol = 2}),
              FrameStatus::not_udp);  // IGMP, on every multicast network
}

TEST(ParseUdpFrame, RefusesEveryTruncationAndLeavesTheDatagramAlone) {
    for (const Recipe& recipe :
         {Recipe{}, Recipe{.tags_and_type = bytes({0x81, 0x00, 0, 1, 0x08, 0x00})},
          Recipe{.tags_and_type = bytes({0x88, 0xa8, 0, 1, 0x81, 0x00, 0, 2, 0x08, 0x00})},
          Recipe{.version_and_words = 0x46, .options = Bytes(4)}}) {
        const Bytes frame = frame_of(recipe);
        for (std::size_t size = 0; size < frame.size(); ++size) {
            const Bytes cut = test::exact(std::span{frame}.first(size));
            UdpDatagram datagram{.source = 77,
                                 .destination = 0,
                                 .source_port = 0,
                                 .destination_port = 0,
                                 .payload = {},
                                 .vlan = 0};
            EXPECT_EQ(parse_udp_frame(cut, datagram), FrameStatus::truncated) << size;
            EXPECT_EQ(datagram.source, 77U);
        }
    }
}

TEST(ParseUdpFrame, LeavesPaddingOut) {
    const Recipe recipe{.payload = bytes({1}), .padding = Bytes(17, std::byte{0xee})};
    ASSERT_EQ(frame_of(recipe).size(), 60U);
    expect_taken(recipe, 0);
}

TEST(ParseUdpFrame, RefusesAUdpLengthBeyondTheIpv4Length) {
    // 7 bytes of payload; the padding must not be taken for more.
    EXPECT_EQ(status_of({.udp_length = 16, .padding = Bytes(20)}), FrameStatus::bad_length);
    EXPECT_EQ(status_of({.udp_length = 0xffff, .padding = Bytes(20)}), FrameStatus::bad_length);
}

TEST(ParseUdpFrame, RefusesAUdpLengthBelowItsHeader) {
    for (int length : {0, 1, 7}) {
        EXPECT_EQ(status_of({.udp_length = length}), FrameStatus::bad_length) << length;
    }
}

TEST(ParseUdpFrame, TakesThePayloadThatUdpSays) {
    const Bytes frame = frame_of({.udp_length = 10});  // IPv4 carries 5 bytes more
    UdpDatagram datagram{};
    ASSERT_EQ(parse_udp_frame(frame, datagram), FrameStatus::ok);
    EXPECT_EQ(test::exact(datagram.payload), bytes({'p', 'a'}));
}

TEST(ParseUdpFrame, RefusesATotalLengthBelowItsHeaders) {
    for (int length : {0, 1, 19, 20, 27}) {
        EXPECT_EQ(status_of({.total_length = length}), FrameStatus::bad_length) << length;
    }
    EXPECT_EQ(status_of({.total_length = 28, .udp_length = 8}), FrameStatus::ok);
}

TEST(ParseUdpFrame, RefusesATotalLengthBeyondTheFrame) {
    EXPECT_EQ(status_of({.total_length = 36}), FrameStatus::truncated);  // 35 are there
    EXPECT_EQ(status_of({.total_length = 0xffff}), FrameStatus::truncated);
}

TEST(ParsePlainUdp, TakesTheCommonShapeAsParseUdpFrameDoes) {
    const Bytes frame = frame_of({.payload = bytes({1, 2, 3}), .padding = Bytes(15)});
    UdpDatagram full{};
    ASSERT_EQ(parse_udp_frame(frame, full), FrameStatus::ok);
    PlainDatagram plain;
    ASSERT_TRUE(parse_plain_udp(frame, plain));
    EXPECT_EQ(plain.payload.data(), full.payload.data());
    EXPECT_EQ(plain.payload.size(), 3U);
    EXPECT_EQ(plain.destination, destination_key(full.destination, full.destination_port));
}

TEST(ParsePlainUdp, LeavesEveryOtherShapeToParseUdpFrame) {
    PlainDatagram plain;
    for (const Recipe& recipe :
         {Recipe{.tags_and_type = bytes({0x81, 0x00, 0, 1, 0x08, 0x00})},
          Recipe{.version_and_words = 0x46, .options = Bytes(4)}, Recipe{.fragment = 0x2000},
          Recipe{.fragment = 1}, Recipe{.protocol = 6}, Recipe{.udp_length = 10},
          Recipe{.udp_length = 7}, Recipe{.total_length = 0xffff}}) {
        EXPECT_FALSE(parse_plain_udp(frame_of(recipe), plain));
    }
    EXPECT_TRUE(parse_plain_udp(frame_of({.fragment = 0x4000}), plain)) << "not to be fragmented";
}

TEST(ParsePlainUdp, TellsDestinationsApartByAddressAndPortAndBySourceNot) {
    EXPECT_NE(destination_key(0xef010101, 1), destination_key(0xef010101, 2));
    EXPECT_NE(destination_key(0xef010101, 1), destination_key(0xef010102, 1));
    EXPECT_NE(destination_key(0x01020304, 1), destination_key(0x04030201, 1));
    EXPECT_NE(destination_key(0, 0x0102), destination_key(0, 0x0201));
}

TEST(ParseUdpFrame, StaysInsideTheFrameWhateverItsBytes) {
    std::mt19937_64 random{1};
    FrameCounters counters;
    std::uint64_t plain_frames = 0;
    for (int i = 0; i < 200'000; ++i) {
        Recipe recipe{.payload = Bytes(random() % 8)};
        if (random() % 4 == 0) recipe.tags_and_type = bytes({0x81, 0x00, 0, 1, 0x08, 0x00});
        Bytes frame = frame_of(recipe);
        for (std::size_t flips = random() % 4; flips > 0; --flips) {
            frame[random() % frame.size()] = static_cast<std::byte>(random() & 0xff);
        }
        frame.resize(random() % 8 == 0 ? random() % (frame.size() + 1) : frame.size());
        frame = test::exact(frame);
        UdpDatagram datagram{};
        const FrameStatus status = parse_udp_frame(frame, datagram);
        counters.count(status);
        PlainDatagram plain;
        if (parse_plain_udp(frame, plain)) {  // then it is what the other finds
            ++plain_frames;
            ASSERT_EQ(status, FrameStatus::ok);
            ASSERT_EQ(plain.payload.data(), datagram.payload.data());
            ASSERT_EQ(plain.payload.size(), datagram.payload.size());
            ASSERT_EQ(plain.destination,
                      destination_key(datagram.destination, datagram.destination_port));
        }
        if (status != FrameStatus::ok) continue;
        const std::byte* const payload = datagram.payload.data();
        ASSERT_GE(payload, frame.data() + 42);
        ASSERT_LE(payload + datagram.payload.size(), frame.data() + frame.size());
    }
    counters.for_each([](FrameStatus status, std::uint64_t count) {
        EXPECT_GT(count, 0U) << to_string(status) << " was never reached";
    });
    EXPECT_GT(plain_frames, 50'000U);
}

TEST(ReadCutFrame, SaysWhoseDatagramItWasAndHowLong) {
    const Bytes frame = frame_of({.payload = Bytes(500)});
    UdpDatagram whole{};
    ASSERT_EQ(parse_udp_frame(frame, whole), FrameStatus::ok);
    const std::size_t headers = 42;
    for (std::size_t size = 0; size < frame.size(); ++size) {
        const Bytes front =
            test::exact(Bytes(frame.begin(), frame.begin() + static_cast<long>(size)));
        const auto cut = read_cut_frame(front);
        ASSERT_EQ(cut.has_value(), size >= headers) << size;
        if (!cut) continue;
        EXPECT_EQ(cut->destination, destination_key(whole.destination, whole.destination_port));
        EXPECT_EQ(cut->ip_bytes, 528);
    }
}

TEST(FrameCounters, CountEachStatusByItself) {
    FrameCounters counters;
    counters.count(FrameStatus::ok);
    counters.count(FrameStatus::ok);
    counters.count(FrameStatus::fragment);
    counters.count(FrameStatus::bad_length);
    EXPECT_EQ(counters[FrameStatus::ok], 2U);
    EXPECT_EQ(counters[FrameStatus::fragment], 1U);
    EXPECT_EQ(counters[FrameStatus::bad_length], 1U);
    EXPECT_EQ(counters[FrameStatus::truncated], 0U);
    EXPECT_EQ(counters.refused(), 2U);
}

TEST(FrameStatus, HasANameForEveryValue) {
    std::set<std::string> names;
    FrameCounters{}.for_each(
        [&](FrameStatus status, std::uint64_t) { names.insert(std::string{to_string(status)}); });
    EXPECT_EQ(names.size(), kFrameStatuses);
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(to_string(FrameStatus::bad_version_or_header), "bad_version_or_header");
}

}  // namespace
}  // namespace rxlab::wire
