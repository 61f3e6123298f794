// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/igmp.hpp>

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace rxlab::wire {
namespace {

using test::Bytes;
using test::bytes;

constexpr std::uint32_t kGroup = 0xef0a0001;  // 239.10.0.1
const IgmpSender kHost{{std::byte{2}, {}, {}, {}, {}, std::byte{9}}, 0xc0000202, 0};

std::array<std::byte, kIgmpFrameBytesMax> memory;

// A report with one record of that type for each group, without sources.
std::span<const std::byte> report_of(const IgmpSender& sender, IgmpRecordType type,
                                     std::span<const std::uint32_t> groups) {
    std::vector<IgmpGroupRecord> records;
    for (std::uint32_t group : groups)
        records.push_back({type, group, {}});
    return build_igmp_report_v3(memory, sender, records);
}
// One record, of kGroup.
std::span<const std::byte> report_of_sources(const IgmpSender& sender, IgmpRecordType type,
                                             std::span<const std::uint32_t> sources) {
    const std::array records{IgmpGroupRecord{type, kGroup, sources}};
    return build_igmp_report_v3(memory, sender, records);
}

// A frame of each kind that is built here.
std::vector<Bytes> frames_of_all_kinds() {
    const std::array<std::uint32_t, 3> groups{kGroup, kGroup + 1, kGroup + 2};
    IgmpSender tagged = kHost;
    tagged.vlan = 42;
    std::vector<Bytes> frames;
    const auto add = [&](std::span<const std::byte> frame) {
        frames.push_back(test::exact(frame));
    };
    for (const IgmpSender& sender : {kHost, tagged}) {
        add(build_igmp_frame(memory, sender, IgmpType::query, 0, 100));
        add(build_igmp_frame(memory, sender, IgmpType::report_v1, kGroup));
        add(build_igmp_frame(memory, sender, IgmpType::report_v2, kGroup));
        add(build_igmp_frame(memory, sender, IgmpType::leave, kGroup));
        add(build_igmp_query_v3(memory, sender, kGroup, 100, 2, groups));
        add(report_of(sender, IgmpRecordType::change_to_exclude, groups));
        add(report_of_sources(sender, IgmpRecordType::allow_new_sources, groups));
    }
    return frames;
}

TEST(IgmpBuild, MakesAVersion2ReportAsItIsOnTheWire) {
    // Put together by hand from RFC 2236 and RFC 2113; the checksums by RFC 1071.
    const Bytes expected = bytes(
        {0x01, 0x00, 0x5e, 0x0a, 0x00, 0x01, 0x02, 0,    0,    0,    0,    0x09, 0x08, 0x00,  //
         0x46, 0xc0, 0x00, 0x20, 0x00, 0x00, 0x40, 0x00, 0x01, 0x02, 0x33, 0x0a, 192,  0,     //
         2,    2,    239,  10,   0,    1,    0x94, 0x04, 0x00, 0x00,                          //
         0x16, 0x00, 0xfa, 0xf3, 239,  10,   0,    1});
    EXPECT_EQ(test::exact(build_igmp_frame(memory, kHost, IgmpType::report_v2, kGroup)), expected);
}

TEST(IgmpBuild, SendsEachTypeWhereTheRfcSays) {
    const auto destination = [](std::span<const std::byte> frame) {
        IgmpMessage message;
        EXPECT_EQ(parse_igmp_frame(frame, message), IgmpStatus::ok);
        EXPECT_EQ(test::number_at(frame, 0, 6), 0x01005e000000 | (message.destination & 0x7fffff));
        EXPECT_EQ(message.time_to_live, 1);
        EXPECT_TRUE(message.router_alert);
        EXPECT_EQ(message.source, kHost.address);
        return message.destination;
    };
    const std::array groups{kGroup};
    EXPECT_EQ(destination(build_igmp_frame(memory, kHost, IgmpType::query, 0)), kAllSystems);
    EXPECT_EQ(destination(build_igmp_frame(memory, kHost, IgmpType::query, kGroup)), kGroup);
    EXPECT_EQ(destination(build_igmp_frame(memory, kHost, IgmpType::report_v1, kGroup)), kGroup);
    EXPECT_EQ(destination(build_igmp_frame(memory, kHost, IgmpType::report_v2, kGroup)), kGroup);
    EXPECT_EQ(destination(build_igmp_frame(memory, kHost, IgmpType::leave, kGroup)), kAllRouters);
    EXPECT_EQ(destination(report_of(kHost, IgmpRecordType::change_to_exclude, groups)),
              kAllIgmpRouters);
}

TEST(IgmpBuild, FillsAReportToTheMtuAndNotBeyond) {
    std::vector<std::uint32_t> groups(kIgmpRecordsMax, kGroup);
    const auto type = IgmpRecordType::mode_is_exclude;
    const auto full = report_of(kHost, type, groups);
    EXPECT_LE(full.size(), 1'514U);
    EXPECT_GT(full.size(), 1'514U - sizeof(IgmpRecord));
    IgmpMessage message;
    ASSERT_EQ(parse_igmp_frame(full, message), IgmpStatus::ok);
    EXPECT_EQ(message.record_count, kIgmpRecordsMax);
    groups.push_back(kGroup);
    EXPECT_TRUE(report_of(kHost, type, groups).empty());

    std::vector<std::uint32_t> sources(kIgmpSourcesMax, kGroup);
    EXPECT_LE(report_of_sources(kHost, type, sources).size(), 1'514U);
    EXPECT_FALSE(report_of_sources(kHost, type, sources).empty());
    sources.push_back(1);
    EXPECT_TRUE(report_of_sources(kHost, type, sources).empty());
}

TEST(IgmpBuild, PutsRecordsWithAndWithoutSourcesIntoOneReport) {
    const std::array<std::uint32_t, 2> sources{0x0a000001, 0x0a000002};
    const std::array records{IgmpGroupRecord{IgmpRecordType::allow_new_sources, kGroup, sources},
                             IgmpGroupRecord{IgmpRecordType::change_to_exclude, kGroup + 1, {}}};
    IgmpMessage message;
    ASSERT_EQ(parse_igmp_frame(build_igmp_report_v3(memory, kHost, records), message),
              IgmpStatus::ok);
    // RFC 3376, section 4.2: type, no auxiliary data, sources, group, the sources.
    const Bytes expected = bytes({5, 0, 0, 2, 239, 10, 0, 1, 10, 0, 0, 1, 10, 0, 0, 2,  //
                                  4, 0, 0, 0, 239, 10, 0, 2});
    EXPECT_EQ(message.record_count, 2);
    EXPECT_EQ(test::exact(message.records), expected);
}

TEST(IgmpBuild, RefusesMemoryThatIsTooSmall) {
    const std::size_t needed = build_igmp_frame(memory, kHost, IgmpType::report_v2, kGroup).size();
    std::vector<std::byte> exact(needed);
    EXPECT_EQ(build_igmp_frame(exact, kHost, IgmpType::report_v2, kGroup).size(), needed);
    for (std::size_t size = 0; size < needed; ++size) {
        std::vector<std::byte> small(size);
        EXPECT_TRUE(build_igmp_frame(small, kHost, IgmpType::report_v2, kGroup).empty());
    }
}

TEST(IgmpParse, ReadsWhatWasBuilt) {
    const std::array<std::uint32_t, 2> sources{0x0a000001, 0x0a000002};
    IgmpSender tagged = kHost;
    tagged.vlan = 42;
    IgmpMessage message;
    const auto frame = build_igmp_query_v3(memory, tagged, kGroup, 25, 3, sources);
    ASSERT_EQ(parse_igmp_frame(frame, message), IgmpStatus::ok);
    EXPECT_EQ(message.type, IgmpType::query);
    EXPECT_EQ(message.query_version, 3);
    EXPECT_EQ(message.group, kGroup);
    EXPECT_EQ(message.response_ms, 2'500U);
    EXPECT_EQ(message.robustness, 3);
    EXPECT_EQ(message.vlan, 42);
    ASSERT_EQ(message.sources.size(), 8U);
    EXPECT_EQ(test::number_at(message.sources, 4, 4), sources[1]);
}

TEST(IgmpParse, TellsTheVersionOfAQueryByItsLengthAndCode) {
    IgmpMessage message;
    ASSERT_EQ(parse_igmp_frame(build_igmp_frame(memory, kHost, IgmpType::query, 0, 0), message),
              IgmpStatus::ok);
    EXPECT_EQ(message.query_version, 1);
    EXPECT_EQ(message.response_ms, 10'000U);
    ASSERT_EQ(parse_igmp_frame(build_igmp_frame(memory, kHost, IgmpType::query, 0, 255), message),
              IgmpStatus::ok);
    EXPECT_EQ(message.query_version, 2);
    EXPECT_EQ(message.response_ms, 25'500U);
}

TEST(IgmpParse, DecodesLongResponseTimesOfVersion3) {
    EXPECT_EQ(igmp_response_ms(127, 3), 12'700U);
    EXPECT_EQ(igmp_response_ms(0x80, 3), 12'800U);
    EXPECT_EQ(igmp_response_ms(0x8f, 3), 24'800U);
    EXPECT_EQ(igmp_response_ms(0xff, 3), 3'174'400U);
    EXPECT_EQ(igmp_response_ms(0x80, 2), 12'800U);
}

TEST(IgmpParse, RefusesEveryTruncation) {
    for (const Bytes& frame : frames_of_all_kinds()) {
        IgmpMessage message;
        ASSERT_EQ(parse_igmp_frame(frame, message), IgmpStatus::ok);
        for (std::size_t size = 0; size < frame.size(); ++size) {
            const Bytes cut = test::exact(std::span{frame}.first(size));
            EXPECT_EQ(parse_igmp_frame(cut, message), IgmpStatus::truncated) << size;
        }
    }
}

TEST(IgmpParse, RefusesEveryFlippedBitBehindTheEthernetHeader) {
    for (const Bytes& frame : frames_of_all_kinds()) {
        const bool tagged = test::number_at(frame, 12, 2) == kEtherTypeVlan;
        for (std::size_t bit = (tagged ? 18 : 14) * 8; bit < frame.size() * 8; ++bit) {
            Bytes broken = frame;
            broken[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
            IgmpMessage message;
            EXPECT_NE(parse_igmp_frame(broken, message), IgmpStatus::ok) << bit;
        }
    }
}

TEST(IgmpParse, LeavesOutThePaddingOfShortFrames) {
    Bytes frame = test::exact(build_igmp_frame(memory, kHost, IgmpType::query, 0, 100));
    frame.resize(60);
    IgmpMessage message;
    ASSERT_EQ(parse_igmp_frame(frame, message), IgmpStatus::ok);
    EXPECT_EQ(message.query_version, 2);
}

TEST(IgmpParse, RefusesQueriesThatPromiseMoreSourcesThanTheyHave) {
    const std::array<std::uint32_t, 1> sources{1};
    Bytes frame = test::exact(build_igmp_query_v3(memory, kHost, kGroup, 1, 2, sources));
    frame[frame.size() - 5] = std::byte{2};             // sources
    frame[frame.size() - 13] = static_cast<std::byte>(  // the checksum's low byte, to match
        std::to_integer<int>(frame[frame.size() - 13]) - 1);
    IgmpMessage message;
    EXPECT_EQ(parse_igmp_frame(frame, message), IgmpStatus::truncated);
}

TEST(IgmpParse, RefusesOtherProtocolsTypesAndFragments) {
    IgmpMessage message;
    EXPECT_EQ(parse_igmp_frame(Bytes(60), message), IgmpStatus::not_igmp);
    Bytes frame = test::exact(build_igmp_frame(memory, kHost, IgmpType{0x13}, kGroup));
    EXPECT_EQ(parse_igmp_frame(frame, message), IgmpStatus::unknown_type);
    frame = test::exact(build_igmp_frame(memory, kHost, IgmpType::leave, kGroup));
    frame[23] = std::byte{17};
    EXPECT_EQ(parse_igmp_frame(frame, message), IgmpStatus::not_igmp);
    frame[23] = std::byte{2};
    frame[20] = std::byte{0x20};
    EXPECT_EQ(parse_igmp_frame(frame, message), IgmpStatus::bad_header);
    frame[14] = std::byte{0x44};
    EXPECT_EQ(parse_igmp_frame(frame, message), IgmpStatus::bad_header);
}

TEST(IgmpParse, SurvivesRandomBytes) {
    std::mt19937_64 random{5};
    const std::vector<Bytes> frames = frames_of_all_kinds();
    for (int i = 0; i < 200'000; ++i) {
        Bytes frame = frames[random() % frames.size()];
        for (int changes = 0; changes < 3; ++changes) {
            frame[random() % frame.size()] = static_cast<std::byte>(random() & 0xff);
        }
        frame.resize(random() % (frame.size() + 1));
        frame.shrink_to_fit();
        IgmpMessage message;
        if (parse_igmp_frame(frame, message) == IgmpStatus::ok) {
            EXPECT_LE(message.sources.size(), frame.size());
        }
    }
}

TEST(IgmpStatusNames, AreDistinct) {
    EXPECT_EQ(to_string(IgmpStatus::ok), "ok");
    EXPECT_EQ(to_string(IgmpStatus::bad_checksum), "bad_checksum");
    EXPECT_EQ(to_string(IgmpStatus::unknown_type), "unknown_type");
}

}  // namespace
}  // namespace rxlab::wire
