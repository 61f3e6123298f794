// SPDX-License-Identifier: MIT
#include "bench/cli/guest_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rxlab::bench {
namespace {

using Arguments = std::vector<std::string>;

bool holds(const Arguments& arguments, const Arguments& part) {
    return std::search(arguments.begin(), arguments.end(), part.begin(), part.end()) !=
           arguments.end();
}

TEST(GuestRun, ExchangesTheBedAndKeepsWhatWasAskedFor) {
    const Arguments inside =
        guest_arguments({"run", "--testbed", "vm", "--rate", "300", "--output=here", "--nic-model",
                         "vmxnet3", "--kernel=6.12", "--quick"},
                        "vmxnet3", "/results/1");
    EXPECT_TRUE(holds(inside, {"run", "--rate", "300", "--quick"}));
    EXPECT_TRUE(holds(inside, {"--testbed", "nic", "--rung", "vm"}));
    EXPECT_TRUE(holds(inside, {"--output", "/results/1"}));
    EXPECT_EQ(std::count(inside.begin(), inside.end(), "--rate"), 1);
    for (const char* gone : {"--output=here", "--nic-model", "vmxnet3", "--kernel=6.12"})
        EXPECT_EQ(std::count(inside.begin(), inside.end(), gone), 0) << gone;
}

TEST(GuestRun, AsksForWhatAnEmulatedMachineSustains) {
    const Arguments inside =
        guest_arguments({"run", "--testbed=vm"}, "virtio-net-pci", "/results/1");
    EXPECT_TRUE(holds(inside, {"--rate", "200"}));
    EXPECT_TRUE(holds(inside, {"--rounds", "1"}));
    EXPECT_TRUE(holds(inside, {"--receiver", "kernel-block", "--receiver", "dpdk-port"}));
    EXPECT_EQ(std::count(inside.begin(), inside.end(), "nic-port"), 0) << "it knows one card";
    EXPECT_TRUE(holds(inside, {"--no-control"}));
}

TEST(GuestRun, ReceivesWithOurOwnDriverWhereThatKnowsTheCard) {
    const Arguments inside = guest_arguments({"run", "--testbed=vm"}, "e1000e", "/results/1");
    EXPECT_TRUE(holds(inside, {"--receiver", "dpdk-port", "--receiver", "nic-port"}));
}

}  // namespace
}  // namespace rxlab::bench
