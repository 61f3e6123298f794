// SPDX-License-Identifier: MIT
//
// The IGMP host in invented time: minutes pass in no time.
#include <rxlab/igmp/igmp_host.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace rxlab::igmp {
namespace {

using wire::IgmpRecordType;
using wire::IgmpType;

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMs;
constexpr std::uint32_t kGroup = 0xef0a0001;
const wire::IgmpSender kHost{{std::byte{2}}, 0xc0000202, 0};
const wire::IgmpSender kRouter{{std::byte{4}}, 0xc0000201, 0};

// What was sent, and when.
struct Sent {
    std::int64_t at_ns;
    wire::IgmpMessage message;
    std::vector<std::byte> frame;  // the message views it
    // Of records without sources before it.
    [[nodiscard]] int record(std::size_t index) const {
        return std::to_integer<int>(message.records[index * 8]);
    }
    // The records as numbers: type, group, sources, type, group, …
    [[nodiscard]] std::vector<std::uint32_t> records() const {
        std::vector<std::uint32_t> numbers;
        for (auto rest = message.records; !rest.empty();) {
            const auto& record = wire::overlay<wire::IgmpRecord>(rest);
            const std::size_t end = sizeof record + record.source_count * 4U;
            numbers.push_back(record.type);
            numbers.push_back(record.group);
            for (std::size_t at = sizeof record; at < end; at += 4)
                numbers.push_back(wire::overlay<wire::be32>(rest.subspan(at)));
            rest = rest.subspan(end);
        }
        return numbers;
    }
};

using Numbers = std::vector<std::uint32_t>;
constexpr std::uint32_t kAllow = 5, kBlock = 6, kIsInclude = 1, kIsExclude = 2;

class Bench {
  public:
    explicit Bench(IgmpVersion version = IgmpVersion::automatic, std::size_t groups = 2,
                   std::uint64_t seed = 42)
        : Bench{groups_of(groups), version, seed} {}
    explicit Bench(std::vector<IgmpGroup> groups, IgmpVersion version = IgmpVersion::automatic,
                   std::uint64_t seed = 42)
        : host{std::move(groups), kHost, version, seed} {}

    static std::vector<IgmpGroup> groups_of(std::size_t count) {
        std::vector<IgmpGroup> groups;
        for (std::size_t i = 0; i < count; ++i)
            groups.push_back({kGroup + static_cast<std::uint32_t>(i), {}});
        return groups;
    }

    // Lets `duration_ns` pass; each frame is sent exactly when it is due.
    std::vector<Sent> pass(std::int64_t duration_ns) {
        const std::int64_t end = now_ns + duration_ns;
        std::vector<Sent> sent;
        while (host.due_ns() <= end) {
            now_ns = std::max(now_ns, host.due_ns());
            const auto frame = host.next(now_ns);
            EXPECT_FALSE(frame.empty());
            if (frame.empty()) break;
            Sent one{now_ns, {}, {frame.begin(), frame.end()}};
            EXPECT_EQ(wire::parse_igmp_frame(one.frame, one.message), wire::IgmpStatus::ok);
            sent.push_back(std::move(one));
        }
        now_ns = end;
        return sent;
    }
    // Joins and lets the repetitions pass.
    void settle() {
        host.join(now_ns);
        pass(60 * kSecond);
    }
    void query_v2(std::uint32_t group, std::uint8_t tenths) {
        host.receive(wire::build_igmp_frame(memory_, kRouter, IgmpType::query, group, tenths),
                     now_ns);
    }
    void query_v3(std::uint32_t group, std::uint8_t tenths,
                  std::span<const std::uint32_t> sources = {}, std::uint8_t robustness = 2) {
        host.receive(
            wire::build_igmp_query_v3(memory_, kRouter, group, tenths, robustness, sources),
            now_ns);
    }

    IgmpHost host;
    std::int64_t now_ns = 1'000 * kSecond;

  private:
    std::array<std::byte, wire::kIgmpFrameBytesMax> memory_{};
};

TEST(IgmpHostTest, JoinsAllGroupsInOneReportAndRepeatsItWithinASecond) {
    Bench bench;
    bench.host.join(bench.now_ns);
    const std::int64_t start = bench.now_ns;
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].at_ns, start);
    EXPECT_LE(sent[1].at_ns, start + kSecond);
    for (const Sent& report : sent) {
        EXPECT_EQ(report.message.type, IgmpType::report_v3);
        ASSERT_EQ(report.message.record_count, 2);
        EXPECT_EQ(report.record(0), static_cast<int>(IgmpRecordType::change_to_exclude));
    }
}

TEST(IgmpHostTest, JoinsEachGroupByItselfInVersion2) {
    Bench bench{IgmpVersion::v2};
    bench.host.join(bench.now_ns);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(sent[i].message.type, IgmpType::report_v2);
        EXPECT_EQ(sent[i].message.group, kGroup + i % 2);
    }
}

TEST(IgmpHostTest, CutsAReportThatDoesNotFitIntoOneFrame) {
    Bench bench{IgmpVersion::v3, wire::kIgmpRecordsMax + 1};
    bench.host.join(bench.now_ns);
    const auto sent = bench.pass(0);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].message.record_count, wire::kIgmpRecordsMax);
    EXPECT_EQ(sent[1].message.record_count, 1);
}

TEST(IgmpHostTest, AnswersAGeneralQueryOnceAndWithinItsResponseTime) {
    std::int64_t least = 10 * kSecond;
    std::int64_t most = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Bench bench{IgmpVersion::automatic, 2, seed * 7'919};
        bench.settle();
        const std::int64_t asked = bench.now_ns;
        bench.query_v3(0, 20);
        const auto sent = bench.pass(100 * kSecond);
        ASSERT_EQ(sent.size(), 1U);
        EXPECT_LE(sent[0].at_ns, asked + 2 * kSecond);
        EXPECT_EQ(sent[0].message.record_count, 2);
        EXPECT_EQ(sent[0].record(1), static_cast<int>(IgmpRecordType::mode_is_exclude));
        least = std::min(least, sent[0].at_ns - asked);
        most = std::max(most, sent[0].at_ns - asked);
    }
    EXPECT_LT(least, 200 * kMs);  // spread over the whole time
    EXPECT_GT(most, 1'800 * kMs);
}

TEST(IgmpHostTest, AnswersAGroupSpecificQueryForThatGroupOnly) {
    Bench bench;
    bench.settle();
    const std::int64_t asked = bench.now_ns;
    bench.query_v3(kGroup + 1, 10);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_LE(sent[0].at_ns, asked + kSecond);
    ASSERT_EQ(sent[0].message.record_count, 1);
    EXPECT_EQ(sent[0].record(0), static_cast<int>(IgmpRecordType::mode_is_exclude));
    EXPECT_EQ(std::to_integer<int>(sent[0].message.records[7]), 2);
}

TEST(IgmpHostTest, AnswersAQueryAboutSourcesWithThoseSources) {
    Bench bench;
    bench.settle();
    const std::array<std::uint32_t, 2> first{1, 2};
    const std::array<std::uint32_t, 2> second{2, 3};
    bench.query_v3(kGroup, 10, first);
    bench.query_v3(kGroup, 10, second);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].record(0), static_cast<int>(IgmpRecordType::mode_is_include));
    EXPECT_EQ(std::to_integer<int>(sent[0].message.records[3]), 3) << "the union of both";
}

TEST(IgmpHostTest, AnswersAboutTheGroupWhenSourcesAreTooMany) {
    Bench bench;
    bench.settle();
    const std::vector<std::uint32_t> sources(300, 7);
    bench.query_v3(kGroup, 10, sources);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].record(0), static_cast<int>(IgmpRecordType::mode_is_exclude));
}

TEST(IgmpHostTest, FallsBackToVersion2ForAsLongAsTheRfcSays) {
    Bench bench;
    bench.settle();
    const std::int64_t asked = bench.now_ns;
    bench.query_v2(0, 100);
    EXPECT_EQ(bench.host.version(bench.now_ns), 2);
    const auto sent = bench.pass(20 * kSecond);
    ASSERT_EQ(sent.size(), 2U);
    for (const Sent& report : sent) {
        EXPECT_EQ(report.message.type, IgmpType::report_v2);
        EXPECT_LE(report.at_ns, asked + 10 * kSecond);
    }
    EXPECT_EQ(bench.host.version(asked + 260 * kSecond - 1), 2);
    EXPECT_EQ(bench.host.version(asked + 260 * kSecond), 3);
}

TEST(IgmpHostTest, DropsWhatIsPendingWhenTheVersionChanges) {
    Bench bench;
    bench.settle();
    bench.query_v3(0, 100);
    bench.query_v2(kGroup, 10);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].message.type, IgmpType::report_v2);
}

TEST(IgmpHostTest, SpeaksVersion1ToAVersion1Querier) {
    Bench bench;
    bench.settle();
    bench.query_v2(0, 0);
    const auto sent = bench.pass(20 * kSecond);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].message.type, IgmpType::report_v1);
    bench.host.leave(bench.now_ns);
    EXPECT_TRUE(bench.pass(kSecond).empty()) << "version 1 has no leave";
}

TEST(IgmpHostTest, StaysWithTheVersionThatWasAskedFor) {
    Bench bench{IgmpVersion::v3};
    bench.settle();
    bench.query_v2(0, 10);
    const auto sent = bench.pass(20 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].message.type, IgmpType::report_v3);
}

TEST(IgmpHostTest, LeavesInVersion3WithIncludeNothingTwice) {
    Bench bench;
    bench.settle();
    bench.query_v3(0, 100);  // an answer is pending: the leave replaces it
    bench.host.leave(bench.now_ns);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 2U);
    for (const Sent& report : sent) {
        EXPECT_EQ(report.message.record_count, 2);
        EXPECT_EQ(report.record(0), static_cast<int>(IgmpRecordType::change_to_include));
    }
    EXPECT_EQ(bench.host.counters().leaves, 2U);
}

TEST(IgmpHostTest, LeavesEachGroupInVersion2) {
    Bench bench{IgmpVersion::v2};
    bench.settle();
    bench.host.leave(bench.now_ns);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].message.type, IgmpType::leave);
    EXPECT_EQ(sent[0].message.destination, wire::kAllRouters);
    EXPECT_EQ(sent[1].message.group, kGroup + 1);
}

TEST(IgmpHostTest, IgnoresQueriesWithBrokenChecksums) {
    Bench bench;
    bench.settle();
    std::array<std::byte, wire::kIgmpFrameBytesMax> memory;
    const auto query = wire::build_igmp_frame(memory, kRouter, IgmpType::query, 0, 10);
    for (std::size_t at : {std::size_t{24}, query.size() - 1}) {
        std::vector<std::byte> broken{query.begin(), query.end()};
        broken[at] ^= std::byte{1};
        bench.host.receive(broken, bench.now_ns);
    }
    EXPECT_TRUE(bench.pass(100 * kSecond).empty());
    EXPECT_EQ(
        bench.host.counters().frames[static_cast<std::size_t>(wire::IgmpStatus::bad_checksum)], 2U);
}

TEST(IgmpHostTest, IgnoresQueriesForOtherGroups) {
    Bench bench;
    bench.settle();
    bench.query_v3(kGroup + 99, 10);
    EXPECT_TRUE(bench.pass(100 * kSecond).empty());
    EXPECT_EQ(bench.host.counters().ignored, 1U);
}

TEST(IgmpHostTest, KeepsQuietWhenAnotherHostHasAnsweredInVersion2) {
    Bench bench{IgmpVersion::v2};
    bench.settle();
    bench.query_v2(0, 100);
    std::array<std::byte, wire::kIgmpFrameBytesMax> memory;
    wire::IgmpSender other = kRouter;
    other.address = 0xc0000203;
    bench.host.receive(wire::build_igmp_frame(memory, other, IgmpType::report_v2, kGroup),
                       bench.now_ns);
    // Its own report, looped back, says nothing.
    bench.host.receive(wire::build_igmp_frame(memory, kHost, IgmpType::report_v2, kGroup + 1),
                       bench.now_ns);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].message.group, kGroup + 1);
    EXPECT_EQ(bench.host.counters().suppressed, 1U);
}

TEST(IgmpHostTest, JoinsAnewWhenTheLinkHasComeBack) {
    Bench bench;
    bench.settle();
    bench.host.join(bench.now_ns);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].record(0), static_cast<int>(IgmpRecordType::change_to_exclude));
}

// One group from two sources, one from all.
std::vector<IgmpGroup> with_sources() {
    return {{kGroup, {7, 8}}, {kGroup + 1, {}}};
}

TEST(IgmpHostTest, JoinsAndLeavesTheSourcesThatAreWanted) {
    Bench bench{with_sources()};
    bench.host.join(bench.now_ns);
    const Numbers joins{kAllow, kGroup, 7, 8, 4, kGroup + 1};
    auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].records(), joins);
    EXPECT_EQ(sent[1].records(), joins);
    bench.host.leave(bench.now_ns);
    sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[1].records(), (Numbers{kBlock, kGroup, 7, 8, 3, kGroup + 1}));
}

TEST(IgmpHostTest, AnswersQueriesWithTheSourcesThatAreWanted) {
    Bench bench{with_sources()};
    bench.settle();
    bench.query_v3(0, 10);
    auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].records(), (Numbers{kIsInclude, kGroup, 7, 8, kIsExclude, kGroup + 1}));
    bench.query_v3(kGroup, 10);
    sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].records(), (Numbers{kIsInclude, kGroup, 7, 8}));
}

TEST(IgmpHostTest, AnswersAQueryAboutSourcesWithThoseThatAreWantedAndNoOthers) {
    Bench bench{with_sources()};
    bench.settle();
    const std::array<std::uint32_t, 3> asked{6, 8, 9};
    bench.query_v3(kGroup, 10, asked);
    const auto sent = bench.pass(100 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].records(), (Numbers{kIsInclude, kGroup, 8}));
    bench.query_v3(kGroup, 10, std::span{asked}.first(1));
    EXPECT_TRUE(bench.pass(100 * kSecond).empty()) << "RFC 3376, section 5.2";
}

TEST(IgmpHostTest, TellsMoreSourcesThanAFrameHoldsInSeveral) {
    std::vector<std::uint32_t> sources(wire::kIgmpSourcesMax + 1);
    for (std::size_t i = 0; i < sources.size(); ++i)
        sources[i] = static_cast<std::uint32_t>(i + 1);
    Bench bench{{{kGroup, sources}, {kGroup + 1, {}}}};
    bench.host.join(bench.now_ns);
    auto sent = bench.pass(0);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].records().size(), 2 + wire::kIgmpSourcesMax);
    EXPECT_EQ(sent[1].records(), (Numbers{kAllow, kGroup, sources.back(), 4, kGroup + 1}));
    bench.pass(60 * kSecond);
    bench.query_v3(kGroup, 10);
    sent = bench.pass(60 * kSecond);
    ASSERT_EQ(sent.size(), 2U) << "the answer about all groups";
    EXPECT_EQ(sent[0].records()[0], kIsInclude);
}

TEST(IgmpHostTest, ReportsTheGroupWhereTheQuerierKnowsNoSources) {
    Bench bench{with_sources()};
    bench.settle();
    bench.query_v2(kGroup, 10);
    const auto sent = bench.pass(20 * kSecond);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].message.type, IgmpType::report_v2);
    EXPECT_EQ(sent[0].message.group, kGroup);
}

TEST(IgmpHostTest, TakesTheRobustnessOfTheQuerier) {
    Bench bench;
    bench.settle();
    bench.query_v3(0, 1, {}, 4);
    bench.pass(kSecond);
    bench.host.leave(bench.now_ns);
    EXPECT_EQ(bench.pass(kSecond).size(), 4U);
}

}  // namespace
}  // namespace rxlab::igmp
