// SPDX-License-Identifier: MIT
#include <rxlab/rx/statistics.hpp>

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>

namespace rxlab::rx {
namespace {

TEST(StatisticsText, SumsTheWorkersAndShowsEach) {
    const std::array<LiveCounts, 2> workers{{{10, 20, 1, 3, 2, 1}, {5, 5, 0, 0, 1, 0}}};
    EXPECT_EQ(
        statistics_text(2.0, 7.4, workers, 4),
        "2.0 s: 7 packets/s; packets 15, messages 25, drops 4, gaps 1, missed 3, "
        "strays 3, not current 1; worker 0: packets 10, messages 20, gaps 1, missed 3, strays 2, "
        "not current 1; worker 1: packets 5, messages 5, gaps 0, missed 0, strays 1, not current "
        "0");
}

TEST(StatisticsText, SaysNothingOfWorkersWhereThereIsOne) {
    const std::array<LiveCounts, 1> workers{{{10, 20, 0, 0, 0, 0}}};
    EXPECT_EQ(statistics_text(1.0, 10.0, workers, 0),
              "1.0 s: 10 packets/s; packets 10, messages 20, drops 0, gaps 0, missed 0, strays 0, "
              "not current 0");
}

TEST(StatisticsText, DoesNotCallDropsZeroWhereNobodyCountsThem) {
    const std::array<LiveCounts, 1> workers{};
    EXPECT_NE(statistics_text(1.0, 0.0, workers, std::nullopt).find(", drops not counted, "),
              std::string::npos);
}

}  // namespace
}  // namespace rxlab::rx
