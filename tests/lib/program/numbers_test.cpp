// SPDX-License-Identifier: MIT
#include <rxlab/program/numbers.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::program {
namespace {

struct Options {
    std::uint64_t count = 1;
    std::int32_t cpu = 1;
    double rate = 1;
    std::optional<double> seconds;
    std::vector<int> sizes;
    std::string name = "none";
};

// "" where it was parsed, else CLI11's complaint.
std::string parsed(Options& options, std::vector<std::string> words) {
    CLI::App app{"a program", "tool"};
    CLI::App* const run = app.add_subcommand("run", "a command");
    run->add_option("--count", options.count)->type_name("N");
    run->add_option("--cpu", options.cpu);
    run->add_option("--rate", options.rate)->check(CLI::Range(1.0, 1e6))->type_name("PPS");
    run->add_option("--seconds", options.seconds)->type_name("S");
    run->add_option("--sizes", options.sizes)->delimiter(',');
    run->add_option("--name", options.name)->type_name("NAME");
    refuse_odd_numbers(app);
    words.insert(words.begin(), "run");
    std::reverse(words.begin(), words.end());
    try {
        app.parse(words);
        return {};
    } catch (const CLI::ParseError& error) {
        return error.what();
    }
}

TEST(Numbers, AreReadAsTheyAreWritten) {
    Options options;
    EXPECT_EQ(parsed(options, {"--count", "1500", "--cpu", "3", "--rate", "2.5e3", "--seconds",
                               "0.5", "--sizes", "1,5"}),
              "");
    EXPECT_EQ(options.count, 1500U);
    EXPECT_EQ(options.cpu, 3);
    EXPECT_EQ(options.rate, 2500);
    EXPECT_EQ(options.seconds, 0.5);
    EXPECT_EQ(options.sizes, (std::vector<int>{1, 5})) << "a list has its commas";
}

TEST(Numbers, WithSeparatorsAreRefusedByName) {
    for (const std::string option : {"--count", "--cpu", "--rate", "--seconds"}) {
        for (const std::string text : {"1,5", "1_5", "1'5", "1 5"}) {
            Options options;
            const std::string said = parsed(options, {option, text});
            EXPECT_NE(said.find(option), std::string::npos)
                << option << ' ' << text << ": " << said;
            EXPECT_EQ(options.count, 1U);
            EXPECT_EQ(options.cpu, 1);
            EXPECT_EQ(options.rate, 1);
            EXPECT_FALSE(options.seconds);
        }
    }
}

TEST(Numbers, ThatAreEmptyAreRefused) {
    for (const std::string option : {"--count", "--cpu", "--rate", "--seconds"}) {
        Options options;
        EXPECT_NE(parsed(options, {option, ""}), "") << option;
    }
}

TEST(Numbers, AreNotLookedForInNames) {
    Options options;
    EXPECT_EQ(parsed(options, {"--name", "a,b c_d"}), "");
    EXPECT_EQ(options.name, "a,b c_d");
    EXPECT_EQ(parsed(options, {"--name", ""}), "");
}

}  // namespace
}  // namespace rxlab::program
