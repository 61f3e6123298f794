// SPDX-License-Identifier: MIT
#include <rxlab/program/near.hpp>

#include <gtest/gtest.h>

namespace rxlab::program {
namespace {

const std::vector<std::string> kReceivers{"kernel-block", "kernel-spin", "dpdk-af_packet"};

TEST(Nearest, FindsWhatOneOrTwoTypingErrorsHaveChanged) {
    for (const char* word :
         {"kernel-spni", "kernel-spn", "kernel-spinn", "kernel-spim", "krnel-spin", "kernal-spni"})
        EXPECT_EQ(nearest(word, kReceivers), "kernel-spin") << word;
    EXPECT_EQ(nearest("bnech", {"bench", "test"}), "bench") << "two swapped are one error";
}

TEST(Nearest, FindsNothingWhereMoreThanAThirdOfTheWordIsWrong) {
    EXPECT_EQ(nearest("weekly", {"label", "nightly"}), std::nullopt);
    EXPECT_EQ(nearest("abc", {"xbd"}), std::nullopt);
    EXPECT_EQ(nearest("ab", {"ac"}), std::nullopt) << "too short for a guess";
    EXPECT_EQ(nearest("", kReceivers), std::nullopt);
    EXPECT_EQ(nearest("kernel-spin", {}), std::nullopt);
}

TEST(Nearest, TakesTheBeginningOfOneWord) {
    EXPECT_EQ(nearest("dpdk", kReceivers), "dpdk-af_packet");
    EXPECT_EQ(nearest("kernel", kReceivers), std::nullopt) << "two begin so";
}

TEST(Nearest, IgnoresDashesInFront) {
    EXPECT_EQ(nearest("-rounds", {"--rounds"}), "--rounds");
    EXPECT_EQ(nearest("rouns", {"--rounds"}), "--rounds");
    EXPECT_EQ(nearest("--a", {"--b"}), std::nullopt) << "dashes are not a similarity";
}

TEST(DidYouMean, IsTheEndOfAMessage) {
    EXPECT_EQ(did_you_mean("kernel-spni", kReceivers), "; did you mean kernel-spin?");
    EXPECT_EQ(did_you_mean("moon", kReceivers), "");
}

}  // namespace
}  // namespace rxlab::program
