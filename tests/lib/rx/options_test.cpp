// SPDX-License-Identifier: MIT
#include <rxlab/program/command_line.hpp>
#include <rxlab/rx/options.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace rxlab::rx {
namespace {

Options parse(std::vector<const char*> arguments) {
    Options options;
    CLI::App app{"test", "test_rx"};
    add_options(app, options);
    add_respond_options(app, options, OrdersAs::frames);
    arguments.insert(arguments.begin(), "test_rx");
    EXPECT_TRUE(
        program::parse_command_line(app, static_cast<int>(arguments.size()), arguments.data()));
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

TEST(ReceiverOptions, BoundASleepByWhatMustBeNoticedInTime) {
    const auto sleep_ms = [](std::vector<const char*> more) {
        more.insert(more.begin(), {"--group", "239.1.1.1:1"});
        return parse(more).sleep_ms_max();
    };
    EXPECT_EQ(sleep_ms({}), 100);
    EXPECT_EQ(sleep_ms({"--silence", "0.2"}), 50) << "a quarter of it";
    EXPECT_EQ(sleep_ms({"--silence", "0.001"}), 1);
    EXPECT_EQ(sleep_ms({"--gap-wait", "500"}), 1);
}

TEST(ReceiverOptions, RequireAGroup) {
    EXPECT_NE(complaint({}).find("--group"), std::string::npos) << complaint({});
}

TEST(ReceiverOptions, RefuseAUnicastGroupByName) {
    const std::string text = complaint({"--group", "10.0.0.1:30001"});
    EXPECT_NE(text.find("10.0.0.1"), std::string::npos) << text;
    EXPECT_NE(text.find("multicast"), std::string::npos) << text;
}

TEST(ReceiverOptions, TakeAnyDestinationOfACapture) {
    const Options options = parse(
        {"--group", "10.20.30.40:26477", "--read-pcap", "day.pcap", "--line-b", "10.0.0.2:1"});
    EXPECT_EQ(wire::to_string(options.groups.at(0)), "10.20.30.40:26477");
    EXPECT_NE(complaint({"--group", "239.1.1.1:1", "--line-b", "10.0.0.2:1"}).find("multicast"),
              std::string::npos);
}

TEST(ReceiverOptions, SayWhereOrdersAreSentAndWhen) {
    const Options options =
        parse({"--group", "239.1.1.1:1", "--respond", "10.0.0.1:40001", "--respond-when", "every:5",
               "--respond-when", "bid>=100.5:RXLB", "--orders-max", "7", "--respond-mac",
               "02:00:5e:10:00:01", "--respond-from", "10.0.0.2"});
    EXPECT_EQ(wire::to_string(options.respond.value()), "10.0.0.1:40001");
    ASSERT_EQ(options.respond_when.size(), 2U);
    EXPECT_EQ(options.respond_when[0].every, 5U);
    EXPECT_EQ(options.respond_when[1].price, 1'005'000U);
    EXPECT_EQ(options.orders_max, 7U);
    EXPECT_EQ(options.respond_mac.value()[3], std::byte{0x10});
    EXPECT_EQ(wire::ipv4_to_string(options.respond_from.value()), "10.0.0.2");
}

TEST(ReceiverOptions, RefuseOrdersThatCannotBeMeant) {
    const auto refuses = [](std::vector<const char*> more, const char* why) {
        more.insert(more.begin(), {"--group", "239.1.1.1:1"});
        const std::string text = complaint(more);
        EXPECT_NE(text.find(why), std::string::npos) << text;
    };
    refuses({"--respond", "10.0.0.1:1"}, "--respond-when");
    refuses({"--respond-when", "every:1"}, "--respond");
    refuses({"--respond", "239.1.1.1:1", "--respond-when", "every:1"}, "multicast");
    refuses({"--respond", "10.0.0.1:1", "--respond-when", "sometimes"}, "sometimes");
    refuses({"--respond", "10.0.0.1:1", "--respond-when", "every:1", "--respond-when", "every:1"},
            "twice");
    refuses({"--respond", "10.0.0.1:1", "--respond-when", "bid>=1:A@1"}, "no feed 1");
    refuses({"--respond", "10.0.0.1:1", "--respond-when", "every:1", "--respond-mac", "02:00"},
            "MAC");
    refuses({"--respond", "10.0.0.1:1", "--respond-when", "every:1", "--read-pcap", "day.pcap"},
            "--read-pcap");
}

TEST(ReceiverOptions, RefuseAGroupGivenTwice) {
    const std::string text = complaint({"--group", "239.1.1.1:1", "--group", "239.1.1.1:1"});
    EXPECT_NE(text.find("twice"), std::string::npos) << text;
}

TEST(ReceiverOptions, TakeALineBForEachGroup) {
    const Options options = parse({"--group", "239.1.1.1:1", "--line-b", "239.2.1.1:1", "--group",
                                   "239.1.1.2:2", "--line-b", "239.2.1.2:3"});
    const auto lines = lines_of(options);
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_EQ(wire::to_string(lines[1].group), "239.1.1.2:2");
    EXPECT_EQ(wire::to_string(lines[3].group), "239.2.1.2:3");
    EXPECT_EQ(lines[1].id.feed, 1U);
    EXPECT_EQ(lines[1].id.line, 0U);
    EXPECT_EQ(lines[3].id.feed, 1U);
    EXPECT_EQ(lines[3].id.line, 1U);
    EXPECT_TRUE(options.ordered());
    const auto twice = complaint({"--group", "239.1.1.1:1", "--line-b", "239.1.1.1:1"});
    EXPECT_NE(twice.find("twice"), std::string::npos) << twice;
    const auto missing =
        complaint({"--group", "239.1.1.1:1", "--group", "239.1.1.2:1", "--line-b", "239.1.1.3:1"});
    EXPECT_NE(missing.find("one for each"), std::string::npos) << missing;
}

TEST(ReceiverOptions, TakeAnInterfaceForEachLine) {
    const Options options =
        parse({"--interface", "eth0", "--group", "239.1.1.1:1", "--line-b", "239.2.1.1:1@eth1",
               "--group", "239.1.1.2:2@0000:01:00.0", "--line-b", "239.2.1.2:3@eth1"});
    const auto lines = lines_of(options);
    EXPECT_EQ(lines[0].interface, "eth0");
    EXPECT_EQ(lines[1].interface, "0000:01:00.0");
    EXPECT_EQ(lines[2].interface, "eth1");
    const auto interfaces = interfaces_of(options);
    ASSERT_EQ(interfaces.size(), 3U);
    EXPECT_EQ(interfaces[2].name, "eth1");
    ASSERT_EQ(interfaces[2].lines.size(), 2U);
    EXPECT_EQ(interfaces[2].lines[1].id, (LineId{1, 1}));
}

TEST(ReceiverOptions, TakeTheSameGroupOnTwoInterfaces) {
    EXPECT_EQ(
        interfaces_of(parse({"--group", "239.1.1.1:1@a", "--line-b", "239.1.1.1:1@b"})).size(), 2U);
    const auto twice =
        complaint({"--interface", "a", "--group", "239.1.1.1:1@a", "--line-b", "239.1.1.1:1"});
    EXPECT_NE(twice.find("twice"), std::string::npos) << twice;
}

TEST(ReceiverOptions, RefuseAnInterfaceThatIsMissingOrOfACapture) {
    EXPECT_NE(complaint({"--group", "239.1.1.1:1@"}).find("missing after the @"),
              std::string::npos);
    EXPECT_NE(complaint({"--group", "239.1.1.1:1@eth0", "--read-pcap", "day.pcap"})
                  .find("a capture has no interfaces"),
              std::string::npos);
    EXPECT_THROW(require_interfaces(
                     parse({"--group", "239.1.1.1:1@eth0", "--group", "239.1.1.2:1"}), "where"),
                 program::UsageError);
}

TEST(ReceiverOptions, PutNothingInOrderUnlessAskedTo) {
    EXPECT_FALSE(parse({"--group", "239.1.1.1:1"}).ordered());
    EXPECT_TRUE(parse({"--group", "239.1.1.1:1", "--gap-wait", "0"}).ordered());
    EXPECT_TRUE(parse({"--group", "239.1.1.1:1", "--hold", "64"}).ordered());
    EXPECT_TRUE(parse({"--group", "239.1.1.1:1", "--from", "1"}).ordered());
}

TEST(ReceiverOptions, TakeOneServerForAllFeedsOrOneEach) {
    const auto with = [](std::vector<const char*> more) {
        std::vector<const char*> all{"--group", "239.1.1.1:1", "--group", "239.1.1.2:2"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    EXPECT_EQ(parse(with({"--recover", "10.0.0.1:5"})).recover_servers.size(), 1U);
    const Options two = parse(with({"--snapshot", "10.0.0.1:5", "--snapshot", "10.0.0.1:6"}));
    EXPECT_EQ(server_of(two.snapshot_servers, 1).port, 6);
    EXPECT_NE(complaint(with({"--recover", "10.0.0.1:1", "--recover", "10.0.0.1:2", "--recover",
                              "10.0.0.1:3"}))
                  .find("one for each"),
              std::string::npos);
    EXPECT_NE(complaint(with({"--recover", "239.1.1.1:1"})).find("multicast"), std::string::npos);
    EXPECT_NE(complaint(with({"--snapshot", "somewhere:1"})), "(accepted)");
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
