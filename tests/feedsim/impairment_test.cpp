// SPDX-License-Identifier: MIT
#include "feedsim/impair/impairment.hpp"

#include "fakes.hpp"
#include "feedsim/impair/skew.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace rxlab::feedsim::test {
namespace {

constexpr std::uint64_t kGap = 1'000;  // between packets, ticks of a nanosecond

// A packet of one message with this number.
Bytes data_packet(std::uint64_t sequence) {
    Bytes memory(sizeof(wire::mold::Header) + 2 + 19);
    wire::mold::PacketBuilder builder{memory, "TEST"};
    builder.start(sequence);
    EXPECT_TRUE(builder.append(Bytes(19, static_cast<std::byte>(sequence))));
    EXPECT_EQ(builder.finish().size(), memory.size());
    return memory;
}

Bytes control_packet(std::uint64_t sequence, std::uint16_t count) {
    const wire::mold::Header header{"TEST", sequence, count};
    const auto bytes = wire::bytes_of(header);
    return {bytes.begin(), bytes.end()};
}

struct Arrival {
    std::uint64_t time;
    std::uint64_t sequence;
    Bytes bytes;
};

// Sends packets 1 .. count through an impairment, one each kGap, and takes what is due at each.
class Journey {
  public:
    explicit Journey(const ImpairmentOptions& options, std::uint64_t seed = 1,
                     std::size_t held_max = Impairment::kHeldMax)
        : impairment_{options, seed, 0, 1.0, held_max} {}

    void send(std::uint64_t first, std::uint64_t count) {
        for (std::uint64_t i = first; i < first + count; ++i) {
            marks_.push_back(impairment_.offer(data_packet(i), now_));
            take();
            now_ += kGap;
        }
    }
    void send_control(std::uint16_t count) {
        (void)impairment_.offer(control_packet(0, count), now_);
        take();
    }
    // Until nothing waits any more.
    void drain() {
        while (impairment_.next_due() != Impairment::kNever) {
            now_ = std::max(now_, impairment_.next_due());
            take();
        }
    }
    [[nodiscard]] std::vector<std::uint64_t> sequences() const {
        std::vector<std::uint64_t> result;
        for (const Arrival& arrival : arrivals_)
            result.push_back(arrival.sequence);
        return result;
    }

    Impairment impairment_;
    std::vector<std::uint8_t> marks_;
    std::vector<Arrival> arrivals_;
    std::uint64_t now_ = 0;

  private:
    void take() {
        for (auto bytes = impairment_.take(now_); !bytes.empty(); bytes = impairment_.take(now_)) {
            std::uint64_t sequence = 0;
            if (bytes.size() >= sizeof(wire::mold::Header)) {
                sequence = wire::overlay<wire::mold::Header>(bytes).sequence;
            }
            arrivals_.push_back({now_, sequence, Bytes(bytes.begin(), bytes.end())});
        }
    }
};

TEST(Impairment, LetsEverythingPassWhereNothingIsAskedFor) {
    Journey journey{{}};
    journey.send(1, 100);
    ASSERT_EQ(journey.arrivals_.size(), 100U);
    for (std::uint64_t i = 0; i < 100; ++i) {
        EXPECT_EQ(journey.arrivals_[i].time, i * kGap);
        EXPECT_EQ(journey.arrivals_[i].bytes, data_packet(i + 1));
    }
    EXPECT_EQ(journey.impairment_.counters(),
              (ImpairmentCounters{.packets = 100, .messages = 100}));
}

TEST(Impairment, DropsAsManyAsAskedForAndSaysWhich) {
    Journey journey{{.drop = 0.05}};
    journey.send(1, 20'000);
    const auto& counters = journey.impairment_.counters();
    EXPECT_NEAR(static_cast<double>(counters.dropped_packets), 1'000, 100);
    EXPECT_EQ(counters.dropped_messages, counters.dropped_packets);
    std::vector<std::uint64_t> expected;
    for (std::uint64_t i = 0; i < journey.marks_.size(); ++i) {
        if (!has(journey.marks_[i], Mark::dropped)) expected.push_back(i + 1);
    }
    EXPECT_EQ(journey.sequences(), expected);
}

TEST(Impairment, DropsTheSamePacketsForTheSameSeedWhateverElseIsAskedFor) {
    const auto dropped = [](const ImpairmentOptions& options, std::uint64_t seed) {
        Journey journey{options, seed};
        journey.send(1, 2'000);
        std::vector<bool> result;
        for (std::uint8_t marks : journey.marks_)
            result.push_back(has(marks, Mark::dropped));
        return result;
    };
    const auto alone = dropped({.drop = 0.1}, 1);
    EXPECT_EQ(dropped({.drop = 0.1}, 1), alone);
    EXPECT_EQ(dropped({.drop = 0.1, .duplicate = 0.5, .reorder = 0.5, .corrupt = 0.5}, 1), alone);
    EXPECT_NE(dropped({.drop = 0.1}, 2), alone);
}

TEST(Impairment, LosesBurstsOfTheMeanLengthAskedFor) {
    Journey journey{{.burst = 0.01, .burst_packets = 20}};
    journey.send(1, 100'000);
    std::uint64_t bursts = 0, lost = 0;
    bool before = false;
    for (std::uint8_t marks : journey.marks_) {
        const bool is_lost = has(marks, Mark::dropped);
        bursts += is_lost && !before;
        lost += is_lost;
        before = is_lost;
    }
    ASSERT_GT(bursts, 0U);
    EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(bursts), 20, 2);
    // One begins after 100 packets on average, counted from the end of the one before.
    EXPECT_NEAR(static_cast<double>(bursts), 100'000.0 / 120, 90);
}

TEST(Impairment, SendsDuplicatesRightBehind) {
    Journey journey{{.duplicate = 0.1}};
    journey.send(1, 1'000);
    std::vector<std::uint64_t> expected;
    for (std::uint64_t i = 0; i < journey.marks_.size(); ++i) {
        expected.push_back(i + 1);
        if (has(journey.marks_[i], Mark::duplicated)) expected.push_back(i + 1);
    }
    EXPECT_EQ(journey.sequences(), expected);
    EXPECT_EQ(journey.impairment_.counters().duplicated_packets, expected.size() - 1'000);
    EXPECT_NEAR(static_cast<double>(expected.size()), 1'100, 40);
}

TEST(Impairment, ReordersByNoMorePacketsThanAskedFor) {
    Journey journey{{.reorder = 0.05, .reorder_packets = 50}};
    journey.send(1, 10'000);
    journey.drain();
    auto sequences = journey.sequences();
    ASSERT_EQ(sequences.size(), 10'000U) << "none is lost";
    std::uint64_t overtaken_max = 0, reordered = 0;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
        // Packets that were not held and went out before an older one that was.
        const std::uint64_t own = sequences[i];
        std::uint64_t overtaken = 0;
        for (std::size_t j = i > 120 ? i - 120 : 0; j < i; ++j) {
            overtaken +=
                sequences[j] > own && !has(journey.marks_[sequences[j] - 1], Mark::reordered);
        }
        overtaken_max = std::max(overtaken_max, overtaken);
        reordered += overtaken > 0;
    }
    EXPECT_LE(overtaken_max, 50U);
    EXPECT_GE(overtaken_max, 45U);
    EXPECT_EQ(reordered, journey.impairment_.counters().reordered_packets);
    std::sort(sequences.begin(), sequences.end());
    EXPECT_EQ(std::adjacent_find(sequences.begin(), sequences.end()), sequences.end());
}

TEST(Impairment, ReleasesReorderedPacketsWhenNothingFollows) {
    Journey journey{{.reorder = 1.0, .reorder_packets = 10}};
    journey.send(1, 3);
    EXPECT_TRUE(journey.arrivals_.empty());
    EXPECT_EQ(journey.impairment_.next_due(), Impairment::kHoldMax_ns);
    journey.drain();
    EXPECT_EQ(journey.sequences(), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(Impairment, DelaysAndLetsOthersOvertake) {
    Journey journey{{.delay = 0.2, .delay_ns = 10 * kGap + kGap / 2}};
    journey.send(1, 1'000);
    journey.drain();
    ASSERT_EQ(journey.arrivals_.size(), 1'000U);
    for (const Arrival& arrival : journey.arrivals_) {
        const std::uint64_t sent = (arrival.sequence - 1) * kGap;
        if (sent > 985 * kGap) break;  // while draining, the journey looks at other times
        const bool delayed = has(journey.marks_[arrival.sequence - 1], Mark::delayed);
        EXPECT_EQ(arrival.time, delayed ? sent + 11 * kGap : sent) << arrival.sequence;
    }
    EXPECT_NEAR(static_cast<double>(journey.impairment_.counters().delayed_packets), 200, 40);
}

TEST(Impairment, FlipsOneToThreeBits) {
    Journey journey{{.corrupt = 1.0}};
    journey.send(1, 500);
    ASSERT_EQ(journey.arrivals_.size(), 500U);
    for (std::uint64_t i = 0; i < 500; ++i) {
        const Bytes original = data_packet(i + 1);
        ASSERT_EQ(journey.arrivals_[i].bytes.size(), original.size());
        int flipped = 0;
        for (std::size_t at = 0; at < original.size(); ++at) {
            flipped += std::popcount(
                std::to_integer<unsigned>(journey.arrivals_[i].bytes[at] ^ original[at]));
        }
        EXPECT_LE(flipped, 3);  // the same bit twice is none
    }
    EXPECT_EQ(journey.impairment_.counters().corrupted_messages, 500U);
}

TEST(Impairment, CutsPacketsShort) {
    Journey journey{{.truncate = 1.0}};
    journey.send(1, 500);
    ASSERT_EQ(journey.arrivals_.size(), 500U);
    for (std::uint64_t i = 0; i < 500; ++i) {
        const Bytes original = data_packet(i + 1);
        const Bytes& cut = journey.arrivals_[i].bytes;
        ASSERT_LT(cut.size(), original.size());
        EXPECT_TRUE(std::equal(cut.begin(), cut.end(), original.begin()));
    }
}

TEST(Impairment, NeitherHoldsNorChangesControlPackets) {
    Journey journey{{.reorder = 1, .delay = 1, .delay_ns = 5, .corrupt = 1, .truncate = 1}};
    journey.send_control(wire::mold::kHeartbeat);
    ASSERT_EQ(journey.arrivals_.size(), 1U);
    EXPECT_EQ(journey.arrivals_[0].bytes, control_packet(0, wire::mold::kHeartbeat));
    EXPECT_EQ(journey.impairment_.counters(), (ImpairmentCounters{.control_packets = 1}));
}

TEST(Impairment, SendsWhatIsHeldBeforeTheEndOfTheSession) {
    Journey journey{{.reorder = 1.0, .reorder_packets = 50}};
    journey.send(1, 5);
    journey.send_control(wire::mold::kEndOfSession);
    EXPECT_EQ(journey.sequences(), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 0}));
    EXPECT_EQ(journey.impairment_.next_due(), Impairment::kNever);
}

TEST(Impairment, DropsAndCountsWhatItHasNoRoomToHold) {
    Journey journey{{.delay = 1.0, .delay_ns = 1'000 * kGap}, 1, 10};
    journey.send(1, 100);
    journey.drain();
    const auto& counters = journey.impairment_.counters();
    EXPECT_EQ(journey.arrivals_.size() + counters.dropped_packets, 100U);
    EXPECT_EQ(counters.no_room, counters.dropped_packets);
    EXPECT_GE(journey.arrivals_.size(), 10U);
    EXPECT_LE(journey.arrivals_.size(), 13U);
}

TEST(ParseImpairments, ReadsEachKind) {
    const ImpairmentOptions options = parse_impairments(
        "drop=1%,burst=0.1%x20,duplicate=2%,reorder=3%x50,delay=4%x500us,corrupt=5%,truncate=100%");
    EXPECT_DOUBLE_EQ(options.drop, 0.01);
    EXPECT_DOUBLE_EQ(options.burst, 0.001);
    EXPECT_DOUBLE_EQ(options.burst_packets, 20);
    EXPECT_DOUBLE_EQ(options.duplicate, 0.02);
    EXPECT_DOUBLE_EQ(options.reorder, 0.03);
    EXPECT_EQ(options.reorder_packets, 50U);
    EXPECT_DOUBLE_EQ(options.delay, 0.04);
    EXPECT_EQ(options.delay_ns, 500'000U);
    EXPECT_DOUBLE_EQ(options.corrupt, 0.05);
    EXPECT_DOUBLE_EQ(options.truncate, 1);
    EXPECT_TRUE(options.any());
    EXPECT_FALSE(ImpairmentOptions{}.any());
    EXPECT_DOUBLE_EQ(parse_impairments("drop=0%", options).duplicate, 0.02) << "on top of others";
}

TEST(ParseImpairments, NamesThePartThatIsWrong) {
    const auto complaint = [](const char* text) -> std::string {
        try {
            (void)parse_impairments(text);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "none";
    };
    for (const char* bad :
         {"", "drop", "drop=", "drop=1", "drop=101%", "drop=-1%", "drop=1%x5", "drop=1%,drop=2%",
          "drop=1%,", "burst=1%", "burst=1%x0", "burst=1%x", "reorder=1%x1001", "delay=1%x5",
          "delay=1%x5ms", "loss=1%", "drop=1e1%", "drop=nan%", "drop=1 %"}) {
        EXPECT_NE(complaint(bad), "none") << bad;
    }
    EXPECT_NE(complaint("duplicate=1%,drop=1").find("\"drop=1\": expected a chance"),
              std::string::npos);
    EXPECT_NE(complaint("loss=1%").find("no such impairment"), std::string::npos);
}

TEST(Skew, HasTheRecordedQuantiles) {
    Skew skew{{}, 1, 0};
    std::vector<std::int64_t> lags(100'000);
    for (std::int64_t& lag : lags)
        lag = skew.next_ns();
    std::sort(lags.begin(), lags.end());
    EXPECT_NEAR(static_cast<double>(lags[1'000]), -4'600, 500);
    EXPECT_NEAR(static_cast<double>(lags[50'000]), -260, 60);
    EXPECT_NEAR(static_cast<double>(lags[99'000]), 1'400, 200);
    const auto b_led = std::count_if(lags.begin(), lags.end(), [](auto lag) { return lag < 0; });
    EXPECT_NEAR(static_cast<double>(b_led), 96'000, 500);
}

TEST(Skew, IsScaledFixedOrNone) {
    Skew recorded{{}, 7, 3};
    Skew tenfold{parse_skew("recordedx10"), 7, 3};
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(tenfold.next_ns(), recorded.next_ns() * 10);
    Skew fixed{parse_skew("-2.5"), 1, 0};
    EXPECT_EQ(fixed.next_ns(), -2'500);
    Skew none{parse_skew("none"), 1, 0};
    EXPECT_EQ(none.next_ns(), 0);
    for (const char* bad : {"", "some", "recordedx", "recordedx-1", "1us", "1000000"})
        EXPECT_THROW((void)parse_skew(bad), std::invalid_argument) << bad;
}

TEST(Impairment, LosesAGapWhereItIsToldTo) {
    Journey journey{parse_impairments("gap=3x2")};
    journey.send(1, 8);
    journey.drain();
    EXPECT_EQ(journey.sequences(), (std::vector<std::uint64_t>{1, 2, 3, 6, 7, 8}));
    EXPECT_EQ(journey.impairment_.counters().dropped_packets, 2U);
    EXPECT_THROW(static_cast<void>(parse_impairments("gap=3")), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(parse_impairments("gap=-1x2")), std::invalid_argument);
}

}  // namespace
}  // namespace rxlab::feedsim::test
