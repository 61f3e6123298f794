// SPDX-License-Identifier: MIT
#include "lib/recovery/src/line_pair.hpp"

#include "../rx/headers.hpp"

#include <gtest/gtest.h>

namespace rxlab::recovery {
namespace {

using headers::data;
using headers::heartbeat;

TEST(LinePair, CountsTheFirstCopyAndMeasuresTheLead) {
    LinePair lines;
    lines.accept(1, data(1, 2), true, 100);
    EXPECT_EQ(lines.line(1).lead_ns.count(), 0U);
    lines.accept(0, data(1, 2), false, 350);
    EXPECT_EQ(lines.line(1).lead_ns.count(), 1U);
    EXPECT_EQ(lines.line(1).lead_ns.max(), 250U);
    EXPECT_EQ(lines.line(0).lead_ns.count(), 0U);
    EXPECT_EQ(lines.line(1).first, 1U);
    EXPECT_EQ(lines.line(1).second, 0U);
    EXPECT_EQ(lines.line(0).first, 0U);
    EXPECT_EQ(lines.line(0).second, 1U);
}

TEST(LinePair, MeasuresTheLeadOnce) {
    LinePair lines;
    lines.accept(0, data(1, 2), true, 0);
    lines.accept(0, data(1, 2), false, 10);  // a duplicate on the same line
    lines.accept(1, data(1, 2), false, 20);
    lines.accept(1, data(1, 2), false, 30);
    EXPECT_EQ(lines.line(0).lead_ns.count(), 1U);
    EXPECT_EQ(lines.line(0).lead_ns.max(), 20U);
    EXPECT_EQ(lines.line(1).second, 1U);
    EXPECT_EQ(lines.line(0).sequencer.counters().duplicate_packets, 1U);
    EXPECT_EQ(lines.line(1).sequencer.counters().duplicate_packets, 1U);
}

TEST(LinePair, CountsLossesForEachLine) {
    LinePair lines;
    for (std::uint64_t i = 1; i <= 10; ++i) {
        const bool on_a = i != 3;
        const bool on_b = i != 5 && i != 6;
        if (on_a) lines.accept(0, data(i, 1), true, i);
        if (on_b) lines.accept(1, data(i, 1), !on_a, i);
    }
    EXPECT_EQ(lines.line(0).sequencer.counters().missed_messages, 1U);
    EXPECT_EQ(lines.line(1).sequencer.counters().missed_messages, 2U);
    EXPECT_EQ(lines.line(1).sequencer.counters().gaps, 1U);
    EXPECT_EQ(lines.line(0).first, 9U);
    EXPECT_EQ(lines.line(1).first, 1U);
    EXPECT_EQ(lines.line(1).second, 7U);
}

TEST(LinePair, LeavesHeartbeatsOut) {
    LinePair lines;
    lines.accept(0, heartbeat(1), false, 0);
    lines.accept(1, heartbeat(1), false, 10);
    EXPECT_EQ(lines.line(0).first + lines.line(1).second, 0U);
    EXPECT_EQ(lines.line(0).sequencer.counters().heartbeats, 1U);
}

TEST(LinePair, TakesALateSecondCopyForASecondOne) {
    LinePair lines;
    for (std::uint64_t i = 1; i <= 20'000; ++i)
        lines.accept(0, data(i, 1), true, i);
    lines.accept(1, data(1, 1), false, 30'000);
    EXPECT_EQ(lines.line(0).lead_ns.count(), 0U);
    EXPECT_EQ(lines.line(1).second, 1U);
    EXPECT_EQ(lines.line(0).first, 20'000U);
}

}  // namespace
}  // namespace rxlab::recovery
