// SPDX-License-Identifier: MIT
#include <rxlab/igmp/speaker.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstring>
#include <vector>

namespace rxlab::igmp {
namespace {

constexpr std::uint32_t kFirst = 0xef0a0001, kOther = 0xef0a0002;
const wire::IgmpSender kUs{{std::byte{2}}, 0xc0000202, 0};

rx::Line line(std::uint32_t group, std::uint16_t port, std::uint32_t source = 0) {
    return {{group, port}, {}, source};
}

struct Outbox {
    std::vector<std::vector<std::byte>> frames;
    bool works = true;
    Speaker::Send send() {
        return [this](std::span<const std::byte> frame) {
            if (works) frames.emplace_back(frame.begin(), frame.end());
            return works;
        };
    }
    wire::IgmpMessage message(std::size_t i) const {
        wire::IgmpMessage message{};
        EXPECT_EQ(wire::parse_igmp_frame(frames.at(i), message), wire::IgmpStatus::ok);
        return message;
    }
};

TEST(IgmpSpeaker, ReportsEachAddressOnceHoweverManyPortsItHas) {
    Outbox outbox;
    const std::vector lines{line(kFirst, 1), line(kFirst, 2), line(kOther, 1)};
    Speaker speaker{{}, lines, kUs, outbox.send()};
    speaker.join(0);
    speaker.send_due(0);
    ASSERT_EQ(outbox.frames.size(), 1U);
    EXPECT_EQ(outbox.message(0).record_count, 2);
    EXPECT_EQ(outbox.message(0).source, kUs.address);
}

TEST(IgmpSpeaker, WantsAnAddressFromEverybodyWhereOneOfItsFeedsDoes) {
    Outbox outbox;
    const std::vector lines{line(kFirst, 1, 0x0a000001), line(kFirst, 2)};
    Speaker speaker{{}, lines, kUs, outbox.send()};
    speaker.join(0);
    speaker.send_due(0);
    const auto records = outbox.message(0).records;
    wire::IgmpRecord record;
    ASSERT_GE(records.size(), sizeof record);
    std::memcpy(&record, records.data(), sizeof record);
    EXPECT_EQ(record.source_count, 0);
}

TEST(IgmpSpeaker, SaysTheAddressOfTheOptionsFirst) {
    Outbox outbox;
    Options options;
    options.source = 0;
    Speaker speaker{options, std::vector{line(kFirst, 1)}, kUs, outbox.send()};
    speaker.join(0);
    speaker.send_due(0);
    EXPECT_EQ(outbox.message(0).source, 0U);
    EXPECT_EQ(speaker.report()["source"], "0.0.0.0");
}

TEST(IgmpSpeaker, CountsWhatCouldNotBeSent) {
    Outbox outbox;
    outbox.works = false;
    Speaker speaker{{}, std::vector{line(kFirst, 1)}, kUs, outbox.send()};
    speaker.join(0);
    speaker.send_due(0);
    EXPECT_EQ(speaker.report()["not_sent"], 1);
}

TEST(IgmpSpeaker, LeavesAtOnce) {
    Outbox outbox;
    Speaker speaker{{}, std::vector{line(kFirst, 1)}, kUs, outbox.send()};
    EXPECT_TRUE(speaker.leave());
    EXPECT_FALSE(speaker.leave()) << "once";
    ASSERT_EQ(outbox.frames.size(), 2U) << "said twice, because a frame may get lost";
    EXPECT_EQ(speaker.report()["leaves"], 2);
}

TEST(IgmpSpeaker, IsSilentWhereItIsOff) {
    Outbox outbox;
    Options options;
    options.on = false;
    Speaker speaker{options, std::vector{line(kFirst, 1)}, kUs, outbox.send()};
    speaker.join(0);
    speaker.send_due(0);
    EXPECT_FALSE(speaker.leave());
    EXPECT_TRUE(outbox.frames.empty());
    EXPECT_EQ(speaker.report()["version"], "off");
}

}  // namespace
}  // namespace rxlab::igmp
