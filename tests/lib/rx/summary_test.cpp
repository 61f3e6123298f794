// SPDX-License-Identifier: MIT
#include "packets.hpp"

#include <rxlab/rx/summary.hpp>

#include <gtest/gtest.h>

namespace rxlab::rx {
namespace {

using test::add_order;
using test::data_packet;

class SummaryTest : public ::testing::Test {
  protected:
    SummaryTest() {
        options_.groups = {{0xef010101, 30001}, {0xef010102, 30002}};
        options_.orders = 100;
        options_.levels = 100;
    }

    nlohmann::ordered_json summary() {
        const latency::Clock clock = latency::Clock::detect();
        Pipeline pipeline{options_, clock, nullptr};
        const auto give = [&](const test::Bytes& packet, std::uint16_t feed) {
            pipeline.process({packet, {feed, 0}}, clock.now());
        };
        give(data_packet(1, add_order(1, 'B', 300, 1'000'100), add_order(2, 'S', 200, 1'000'300)),
             0);
        give(data_packet(9, add_order(3, 'B', 100, 2'000'000)), 0);
        give(data_packet(9, add_order(3, 'B', 100, 2'000'000)), 0);
        give(test::end_of_session(10), 0);
        const RunFacts facts{{"test_rx", "poll", "if0"},
                             EndedBy::messages,
                             latency::Calibration::start(clock),
                             {},
                             {drops_, {{"truncated", 0}}}};
        pipeline.finish();
        return make_summary(options_, facts, {{&pipeline}, nullptr, {}});
    }

    Options options_;
    nlohmann::ordered_json drops_ = {{"socket", 7}};
};

TEST_F(SummaryTest, CountsPerFeedAndInTotal) {
    const auto json = summary();
    EXPECT_EQ(json["schema"], "rxlab.rx/1");
    EXPECT_EQ(json["ended_by"], "messages");
    EXPECT_EQ(json["feeds"][0]["session"], "TEST");
    EXPECT_EQ(json["feeds"][0]["packets"], 3);
    EXPECT_EQ(json["feeds"][0]["messages"], 4);
    EXPECT_EQ(json["feeds"][0]["missed_messages"], 6);
    EXPECT_EQ(json["feeds"][0]["duplicate_packets"], 1);
    EXPECT_EQ(json["feeds"][0]["ended"], true);
    EXPECT_EQ(json["feeds"][0]["book"]["adds"], 3);
    EXPECT_EQ(json["feeds"][1]["session"], "");
    EXPECT_EQ(json["totals"]["packets"], 3);
    EXPECT_EQ(json["drops"]["socket"], 7);
    EXPECT_FALSE(json.contains("trace"));
    EXPECT_FALSE(json.contains("latency_ns"));
    EXPECT_TRUE(json["cpu"].is_null());
}

TEST_F(SummaryTest, SaysWhatTheBooksAreWorthAndHowManyMissingMessagesNoCounterExplains) {
    const auto json = summary();
    EXPECT_EQ(json["feeds"][0]["freshness"], "stale");
    EXPECT_EQ(json["feeds"][1]["freshness"], "unconfirmed");
    EXPECT_EQ(json["feeds"][1]["doubt"], "silence");
    // 4 messages in 3 packets: 7 dropped packets may have held 9.
    EXPECT_EQ(json["totals"]["missing"]["messages"], 6);
    EXPECT_EQ(json["totals"]["missing"]["by_drops"], 6);
    EXPECT_EQ(json["totals"]["missing"]["unexplained"], 0);
    drops_ = nlohmann::ordered_json::object();
    EXPECT_EQ(summary()["totals"]["missing"]["unexplained"], 6);
    const std::string text = to_text(summary());
    EXPECT_NE(text.find("no counter explains 6"), std::string::npos) << text;
    EXPECT_NE(text.find("book 0: stale"), std::string::npos) << text;
    EXPECT_NE(text.find("book 1: unconfirmed: nothing was heard"), std::string::npos) << text;
}

TEST_F(SummaryTest, SaysWhatWasWrongWithPacketsAndWhoElseSpeaks) {
    Pipeline pipeline{options_, latency::Clock::detect(), nullptr};
    test::Bytes cut = data_packet(1, add_order(1, 'B', 300, 1), add_order(2, 'B', 300, 1));
    cut.pop_back();
    pipeline.process({cut, {}, 1}, 1);
    pipeline.process({test::Bytes(5), {}, 1}, 2);
    test::Bytes foreign = data_packet(1, add_order(1, 'B', 300, 1));
    foreign[0] = std::byte{'Z'};
    pipeline.process({foreign, {}, 0x0a00004d}, 3);
    pipeline.finish();
    const RunFacts facts{{"t", "poll", "if0"},
                         EndedBy::signal,
                         latency::Calibration::start(pipeline.clock()),
                         {},
                         {}};
    const auto json = make_summary(options_, facts, {{&pipeline}, nullptr, {}});
    EXPECT_EQ(json["feeds"][0]["publishers"]["lines"][0], "0.0.0.1");
    EXPECT_EQ(json["feeds"][0]["publishers"]["others"][0]["address"], "10.0.0.77");
    EXPECT_EQ(json["totals"]["missing"]["by_cut_packets"], 1);
    const std::string text = to_text(json);
    EXPECT_NE(
        text.find("2 packets: 1 cut short (1 messages are not there), 0 with bytes left over, "
                  "1 without a header"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("1 packets of session ZEST from 10.0.0.77"), std::string::npos) << text;
}

TEST_F(SummaryTest, ShowsTheTopOfTheBusiestBooks) {
    const auto json = summary();
    ASSERT_EQ(json["top_of_book"].size(), 1U);
    EXPECT_EQ(json["top_of_book"][0]["stock"], "RXLB");
    EXPECT_EQ(json["top_of_book"][0]["bid"]["price"], 200.0);
    EXPECT_EQ(json["top_of_book"][0]["ask"]["price"], 100.03);
    EXPECT_EQ(json["top_of_book"][0]["ask"]["shares"], 200);
}

TEST_F(SummaryTest, TextSaysWhatTheJsonSays) {
    const auto json = summary();
    const std::string text = to_text(json);
    EXPECT_NE(text.find("239.1.1.1:30001"), std::string::npos) << text;
    EXPECT_NE(text.find("digest: " + json["totals"]["digest"].get<std::string>()),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("drops: socket 7"), std::string::npos) << text;
    EXPECT_NE(text.find("100.0300 x 200"), std::string::npos) << text;
}

TEST_F(SummaryTest, TellsOfOverlapsAndForgottenGapsWhereThereAreAny) {
    EXPECT_EQ(to_text(summary()).find("overlaps"), std::string::npos);
    EXPECT_EQ(to_text(summary()).find("forgotten"), std::string::npos);
    Pipeline pipeline{options_, latency::Clock::detect(), nullptr};
    const auto give = [&](std::uint64_t sequence, const auto&... messages) {
        pipeline.process({data_packet(sequence, messages...), {}}, 1);
    };
    const auto order = add_order(1, 'B', 300, 1);
    give(1, order);
    give(1, order, order);
    for (std::uint64_t gap = 0; gap <= Sequencer::kOpenGapsMax; ++gap)
        give(4 + 2 * gap, order);
    pipeline.finish();
    const RunFacts facts{{"t", "poll", "if0"},
                         EndedBy::signal,
                         latency::Calibration::start(pipeline.clock()),
                         {},
                         {}};
    const std::string text = to_text(make_summary(options_, facts, {{&pipeline}, nullptr, {}}));
    EXPECT_NE(text.find("overlaps 0: 1 packets began with messages that had come before"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("gaps 0: 1 were forgotten"), std::string::npos) << text;
}

TEST_F(SummaryTest, SurvivesAnUnprintableSession) {
    Pipeline pipeline{options_, latency::Clock::detect(), nullptr};
    test::Bytes packet = data_packet(1, add_order(1, 'B', 300, 1'000'100));
    packet[0] = std::byte{0xff};  // not UTF-8: must not reach the JSON
    pipeline.process({packet, 0}, 0);
    const RunFacts facts{{"t", "poll", "if0"},
                         EndedBy::signal,
                         latency::Calibration::start(pipeline.clock()),
                         {},
                         {}};
    EXPECT_EQ(make_summary(options_, facts, {{&pipeline}, nullptr, {}})["feeds"][0]["session"],
              "?EST");
    EXPECT_NO_THROW(
        static_cast<void>(make_summary(options_, facts, {{&pipeline}, nullptr, {}}).dump()));
}

}  // namespace
}  // namespace rxlab::rx
