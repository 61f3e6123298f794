// SPDX-License-Identifier: MIT
#include <rxlab/link/interface_counters.hpp>

#include <gtest/gtest.h>
#include <net/if.h>
#include <nlohmann/json.hpp>

namespace rxlab::link {
namespace {

nlohmann::ordered_json changes(const InterfaceCounters& before, const InterfaceCounters& after) {
    nlohmann::ordered_json report = nlohmann::ordered_json::object();
    report_changes(before, after, report);
    return report;
}

TEST(InterfaceCounters, TellWhatWasAdded) {
    EXPECT_EQ(changes({10, 1, 5}, {17, 1, 7}).dump(),
              R"({"interface_packets":7,"interface_dropped":0,"softnet_dropped":2})");
}

TEST(InterfaceCounters, SayNothingOfACounterThatWentBack) {
    EXPECT_EQ(changes({10, 4'294'967'295, 5}, {17, 3, 4}).dump(), R"({"interface_packets":7})");
}

TEST(InterfaceCounters, SayNothingOfWhatTheKernelDoesNotTell) {
    EXPECT_EQ(changes({{}, {}, 5}, {17, 3, 5}).dump(), R"({"softnet_dropped":0})");
    EXPECT_EQ(changes({17, 3, 5}, {}).size(), 0U);
}

TEST(InterfaceCounters, AreThoseOfAnInterface) {
    EXPECT_TRUE(count_on(if_nametoindex("lo")).packets);
    EXPECT_FALSE(count_on(0x7ffffff0).packets);
}

}  // namespace
}  // namespace rxlab::link
