// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/vdev_arguments.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

std::vector<VdevArguments> vdevs(std::vector<std::string> texts) {
    std::vector<char*> arguments;
    for (std::string& text : texts)
        arguments.push_back(text.data());
    return vdevs_in(arguments);
}

TEST(VdevArguments, AreFoundInBothSpellingsOfTheOption) {
    const auto found = vdevs({"dpdk_rx", "-l", "1", "--vdev", "net_af_xdp0,iface=rx0,start_queue=1",
                              "--vdev=net_null0", "--no-huge"});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].name, "net_af_xdp0");
    EXPECT_EQ(found[0].find("iface"), "rx0");
    EXPECT_EQ(found[0].find("start_queue"), "1");
    EXPECT_EQ(found[1].name, "net_null0");
    EXPECT_EQ(found[1].find("iface"), std::nullopt);
}

TEST(VdevArguments, SurviveWhatNoDriverWouldTake) {
    EXPECT_TRUE(vdevs({"--vdev"}).empty());
    EXPECT_EQ(vdevs({"--vdev="})[0].name, "");
    const VdevArguments odd = parse_vdev_arguments("x", ",,a,=b,c=,d=e=f,");
    EXPECT_EQ(odd.find("a"), "");
    EXPECT_EQ(odd.find("c"), "");
    EXPECT_EQ(odd.find("d"), "e=f");
}

TEST(VdevArguments, ReadNumbersThatAreNumbers) {
    const VdevArguments arguments = parse_vdev_arguments("x", "framecnt=1024,framesz=big,a=0,b=-1");
    EXPECT_EQ(arguments.number("framecnt", 512), 1'024U);
    EXPECT_EQ(arguments.number("framesz", 2'048), 2'048U);
    EXPECT_EQ(arguments.number("a", 7), 7U);
    EXPECT_EQ(arguments.number("b", 7), 7U);
    EXPECT_EQ(arguments.number("none", 7), 7U);
}

}  // namespace
}  // namespace rxlab::dpdk_rx
