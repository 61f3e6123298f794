// SPDX-License-Identifier: MIT
#include "host_counters.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

namespace rxlab::kernel_rx {
namespace {

// As Linux 6.18 prints it, shortened.
constexpr const char* kSnmp =
    "Ip: Forwarding DefaultTTL InReceives ReasmFails\n"
    "Ip: 1 64 1234 7\n"
    "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors "
    "IgnoredMulti MemErrors\n"
    "Udp: 900 3 30 20 18 0 11 0 1\n"
    "UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors "
    "IgnoredMulti MemErrors\n"
    "UdpLite: 0 0 0 0 99 0 99 0 99\n";

std::uint64_t found(std::string_view protocol, std::string_view name) {
    std::istringstream file{kSnmp};
    std::uint64_t value = 0;
    return find_counter(file, protocol, name, value) ? value : ~std::uint64_t{0};
}

TEST(FindCounter, GoesByProtocolAndName) {
    EXPECT_EQ(found("Udp:", "RcvbufErrors"), 18U);
    EXPECT_EQ(found("Udp:", "InCsumErrors"), 11U);
    EXPECT_EQ(found("Udp:", "MemErrors"), 1U);
    EXPECT_EQ(found("Ip:", "ReasmFails"), 7U);
}

TEST(FindCounter, HasNoneThatTheKernelLacks) {
    EXPECT_EQ(found("Udp:", "ReasmFails"), ~std::uint64_t{0});
    EXPECT_EQ(found("Tcp:", "MemErrors"), ~std::uint64_t{0});
    std::istringstream cut{"Udp: InDatagrams MemErrors\nUdp: 1\n"};
    std::uint64_t value = 5;
    EXPECT_FALSE(find_counter(cut, "Udp:", "MemErrors", value));
    std::istringstream half{"Udp: InDatagrams\n"};
    EXPECT_FALSE(find_counter(half, "Udp:", "InDatagrams", value));
    std::istringstream words{"Udp: InDatagrams\nUdp: many\n"};
    EXPECT_FALSE(find_counter(words, "Udp:", "InDatagrams", value));
}

TEST(Changes, AreOfWhatIsInBothAndDidNotGoBack) {
    const HostCounters changed =
        changes({{"a", 1}, {"b", 5}, {"c", 9}}, {{"a", 4}, {"b", 4}, {"d", 2}});
    EXPECT_EQ(changed, (HostCounters{{"a", 3}}));
}

HostCounters counted(std::uint64_t buffer, std::uint64_t memory, std::uint64_t checksum) {
    return {{"namespace_udp_receive_buffer_errors", buffer},
            {"namespace_udp_memory_errors", memory},
            {"namespace_udp_checksum_errors", checksum}};
}

TEST(ExplainDrops, IsExactWhereOnlyOneCauseIsPossible) {
    const auto json = explain_drops(7, counted(9, 0, 0));
    EXPECT_EQ(json["dropped_for_receive_buffer"], 7);
    EXPECT_EQ(json["dropped_for_memory"], 0);
    EXPECT_EQ(json["dropped_for_checksum"], 0);
    EXPECT_EQ(json.size(), 3U);
}

TEST(ExplainDrops, IsExactWhereEveryErrorOfTheNamespaceIsOurs) {
    const auto json = explain_drops(12, counted(7, 0, 5));
    EXPECT_EQ(json["dropped_for_receive_buffer"], 7);
    EXPECT_EQ(json["dropped_for_checksum"], 5);
}

TEST(ExplainDrops, GivesBoundsWhereOthersMayHaveHadTheErrors) {
    const auto json = explain_drops(10, counted(8, 0, 5));
    EXPECT_EQ(json["dropped_for_receive_buffer_min"], 5);
    EXPECT_EQ(json["dropped_for_receive_buffer_max"], 8);
    EXPECT_EQ(json["dropped_for_checksum_min"], 2);
    EXPECT_EQ(json["dropped_for_checksum_max"], 5);
    EXPECT_FALSE(json.contains("dropped_for_checksum"));
}

TEST(ExplainDrops, ClaimsNoMoreThanWasCounted) {
    // Dropped for a reason that no counter of these has.
    const auto json = explain_drops(10, counted(2, 0, 3));
    EXPECT_EQ(json["dropped_for_receive_buffer"], 2);
    EXPECT_EQ(json["dropped_for_checksum"], 3);
}

TEST(ExplainDrops, SaysNothingWithoutTheCounters) {
    HostCounters lacking = counted(1, 0, 0);
    lacking.erase("namespace_udp_memory_errors");
    EXPECT_TRUE(explain_drops(1, lacking).empty());
}

TEST(ReadHostCounters, FindsThemOnThisMachine) {
    const HostCounters counters = read_host_counters(if_nametoindex("lo"));
    for (const char* name : {"namespace_udp_receive_buffer_errors", "namespace_udp_checksum_errors",
                             "interface_rx_dropped", "host_softnet_dropped"})
        EXPECT_TRUE(counters.contains(name)) << name;
}

}  // namespace
}  // namespace rxlab::kernel_rx
