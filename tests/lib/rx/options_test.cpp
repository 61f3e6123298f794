// SPDX-License-Identifier: MIT
#include <rxlab/program/errors.hpp>
#include <rxlab/rx/options.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace rxlab::rx {
namespace {

Options parse(std::vector<const char*> arguments) {
    Options options;
    CLI::App app{"test", "test_rx"};
    add_options(app, options);
    arguments.insert(arguments.begin(), "test_rx");
    EXPECT_TRUE(parse_command_line(app, static_cast<int>(arguments.size()), arguments.data()));
    return options;
}

std::string complaint(const std::vector<const char*>& arguments) {
    try {
        parse(arguments);
    } catch (const program::UsageError& error) {
        return error.what();
    }
    return "(accepted)";
}

TEST(ReceiverOptions, NumberFeedsInTheOrderOfTheGroups) {
    const Options options = parse({"--group", "239.1.1.2:30002", "--group", "239.1.1.1:30001"});
    ASSERT_EQ(options.groups.size(), 2U);
    EXPECT_EQ(wire::to_string(options.groups[0]), "239.1.1.2:30002");
    EXPECT_EQ(wire::to_string(options.groups[1]), "239.1.1.1:30001");
}

TEST(ReceiverOptions, RequireAGroup) {
    EXPECT_NE(complaint({}).find("--group"), std::string::npos) << complaint({});
}

TEST(ReceiverOptions, RefuseAUnicastGroupByName) {
    const std::string text = complaint({"--group", "10.0.0.1:30001"});
    EXPECT_NE(text.find("10.0.0.1"), std::string::npos) << text;
    EXPECT_NE(text.find("multicast"), std::string::npos) << text;
}

TEST(ReceiverOptions, RefuseAGroupGivenTwice) {
    const std::string text = complaint({"--group", "239.1.1.1:1", "--group", "239.1.1.1:1"});
    EXPECT_NE(text.find("twice"), std::string::npos) << text;
}

TEST(ReceiverOptions, RefuseUnknownOptionsAndPointToHelp) {
    const std::string text = complaint({"--group", "239.1.1.1:1", "--turbo"});
    EXPECT_NE(text.find("--turbo"), std::string::npos) << text;
    EXPECT_NE(text.find("test_rx --help"), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << "one line";
}

TEST(ReceiverOptions, RefuseNumbersOutOfRange) {
    EXPECT_NE(complaint({"--group", "239.1.1.1:1", "--orders", "0"}), "(accepted)");
    EXPECT_NE(complaint({"--group", "239.1.1.1:1", "--trace-records", "-1"}), "(accepted)");
    EXPECT_NE(complaint({"--group", "239.1.1.1:1", "--statistics", "0"}), "(accepted)");
}

}  // namespace
}  // namespace rxlab::rx
