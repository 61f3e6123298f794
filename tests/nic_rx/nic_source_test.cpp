// SPDX-License-Identifier: MIT
//
// The receive path against a chip that a test can see into.
#include "nic_rx/nic_source.hpp"

#include "tests/nic_rx/fake_chip.hpp"

#include <rxlab/program/monotonic.hpp>
#include <rxlab/wire/frame.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::nic_rx {
namespace {

using test::FakeChip;
using test::Frame;
constexpr wire::Ipv4Endpoint kGroup{0xef010203, 30'001};
constexpr std::int64_t kSecond = 1'000'000'000;

// `number` is in the first bytes of the payload.
Frame frame(std::uint64_t number, std::uint16_t vlan = 0, std::size_t payload_bytes = 50,
            wire::Ipv4Endpoint group = kGroup) {
    Frame memory(20'000), payload(payload_bytes);
    std::memcpy(payload.data(), &number, sizeof number);
    wire::UdpFrame fields;
    fields.source = 0xc0000201;
    fields.destination = group.address;
    fields.destination_port = group.port;
    fields.vlan = vlan;
    const auto built = wire::build_udp_frame(memory, fields, payload);
    return {built.begin(), built.end()};
}

class Nic : public ::testing::Test {
  protected:
    Nic() {
        options.chip.descriptors = 64;
        options.igmp.on = false;
        options.link_wait_s = 1;
    }
    NicSource& start() {
        source.emplace(fake, fake.memory(), "0000:00:03.0", lines, options);
        return *source;
    }
    // The numbers in what one poll takes.
    std::vector<std::uint64_t> poll(std::size_t room = rx::kBatchPackets) {
        std::vector<std::uint64_t> numbers;
        const std::size_t count = source->poll(std::span{batch}.first(room));
        for (std::size_t i = 0; i < count; ++i) {
            std::uint64_t number = 0;
            std::memcpy(&number, batch[i].payload.data(), sizeof number);
            numbers.push_back(number);
        }
        return numbers;
    }
    auto counter(const std::string& name) { return source->report().counters[name]; }

    FakeChip fake{4U << 20};
    std::vector<rx::Line> lines{{kGroup, {3, 1}, 0}};
    NicOptions options;
    std::array<rx::PacketView, rx::kBatchPackets> batch{};
    std::optional<NicSource> source;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(Nic, TakesAFrameWhereTheChipHasPutIt) {
    start();
    ASSERT_TRUE(fake.receive(frame(7)));
    ASSERT_EQ(poll(), Numbers{7});
    EXPECT_EQ(batch[0].id, (rx::LineId{3, 1}));
    EXPECT_EQ(batch[0].source, 0xc0000201U);
    EXPECT_EQ(batch[0].payload.size(), 50U);
    EXPECT_GE(batch[0].payload.data(), fake.memory().bytes.data()) << "no copy";
    EXPECT_LT(batch[0].payload.data(), fake.memory().bytes.data() + fake.memory().bytes.size());
    EXPECT_EQ(poll(), Numbers{});
}

TEST_F(Nic, GoesRoundTheRingWithBurstsOfAnySize) {
    start();
    std::uint64_t sent = 0, seen = 0;
    while (sent < 2'000) {
        for (std::uint64_t burst = sent % 31 + 1; burst > 0; --burst)
            ASSERT_TRUE(fake.receive(frame(sent++)));
        for (std::size_t room = sent % 5 + 1; seen < sent;) {
            for (std::uint64_t number : poll(room))
                ASSERT_EQ(number, seen++);
        }
    }
    EXPECT_EQ(seen, sent);
    EXPECT_EQ(source->drops(), 0U);
}

TEST_F(Nic, GivesTheChipAllDescriptorsButOneAndThenEvery32ndTime) {
    start();
    EXPECT_EQ(fake.at(reg::RDT), 63U);
    for (std::uint64_t i = 0; i < 31; ++i)
        fake.receive(frame(i));
    EXPECT_EQ(poll().size(), 31U);
    poll();
    EXPECT_EQ(fake.at(reg::RDT), 63U) << "a doorbell for each would be dear";
    fake.receive(frame(31));
    poll();
    EXPECT_EQ(fake.at(reg::RDT), 63U) << "the last view is still in use";
    poll();
    EXPECT_EQ(fake.at(reg::RDT), 31U);
    EXPECT_EQ(fake.free_descriptors(), 63U);
}

TEST_F(Nic, WaitsForADescriptorThatIsNotDone) {
    start();
    const Frame one = frame(1);
    RxDescriptor& first = fake.descriptor(0);
    fake.write_back(one, one.size() | rxd::EOP);  // its length, but not done
    EXPECT_EQ(poll(), Numbers{});
    first.written |= rxd::DD;
    EXPECT_EQ(poll(), Numbers{1});
}

TEST_F(Nic, CountsWhatFindsNoDescriptorAndGoesOn) {
    start();
    for (std::uint64_t i = 0; i < 100; ++i)
        EXPECT_EQ(fake.receive(frame(i)), i < 63);
    EXPECT_EQ(source->drops(), 37U);
    std::size_t taken = 0;
    for (int i = 0; i < 4; ++i)
        taken += poll().size();
    EXPECT_EQ(taken, 63U);
    for (std::uint64_t i = 0; i < 32; ++i)  // the others are given back with the next doorbell
        EXPECT_TRUE(fake.receive(frame(i))) << i;
    EXPECT_EQ(source->report().drops["missed"], 37);
    EXPECT_EQ(source->report().counters["chip"]["ring_full"], 37);
}

TEST_F(Nic, LeavesOutFramesThatAreLongerThanABufferHoweverTheirPiecesCome) {
    start();
    fake.receive(frame(1, 0, 5'000));
    fake.receive(frame(2));
    EXPECT_EQ(poll(), Numbers{2});
    const Frame longer = frame(3, 0, 5'000);
    const auto piece = [&](std::size_t from) {
        const std::size_t bytes = std::min<std::size_t>(2'048, longer.size() - from);
        const bool is_last = from + bytes == longer.size();
        fake.write_back(std::span{longer}.subspan(from, bytes),
                        bytes | rxd::DD | (is_last ? rxd::EOP : 0));
    };
    piece(0);
    EXPECT_EQ(poll(), Numbers{});
    piece(2'048);
    EXPECT_EQ(poll(), Numbers{});
    piece(4'096);
    fake.receive(frame(4));
    EXPECT_EQ(poll(), Numbers{4}) << "the last piece looks like a whole frame";
    EXPECT_EQ(counter("segmented_frames"), 2);
}

TEST_F(Nic, TakesLongFramesIntoLongBuffers) {
    options.chip.buffer_bytes = 8'192;
    start();
    fake.receive(frame(1, 0, 5'000));
    EXPECT_EQ(poll(), Numbers{1});
    EXPECT_EQ(batch[0].payload.size(), 5'000U);
}

TEST_F(Nic, LeavesOutWhatTheChipCallsBad) {
    start();
    for (const int error : {0x01, 0x02, 0x04, 0x10, 0x80})
        fake.receive(frame(1), static_cast<std::uint8_t>(error));
    fake.receive(frame(2), 0x20);  // a TCP or UDP checksum: nobody asked the chip to check them
    EXPECT_EQ(poll(), Numbers{2});
    EXPECT_EQ(counter("bad_frames"), 5);
}

TEST_F(Nic, LeavesOutVlansUnlessOneIsAskedFor) {
    start();
    fake.receive(frame(1, 7));
    fake.receive(frame(2));
    EXPECT_EQ(poll(), Numbers{2});
    EXPECT_EQ(counter("other_vlan"), 1);
}

TEST_F(Nic, TakesOneVlanAlone) {
    options.vlan = 7;
    start();
    fake.receive(frame(1, 7));
    fake.receive(frame(2, 8));
    fake.receive(frame(3));
    Frame urgent = frame(4, 7);
    urgent[14] |= std::byte{0xa0};  // priority 5
    fake.receive(urgent);
    EXPECT_EQ(poll(), (Numbers{1, 4}));
    EXPECT_EQ(counter("other_vlan"), 2);
}

TEST_F(Nic, TakesATagThatOnlyHasAPriority) {
    start();
    Frame urgent = frame(1, 1);
    urgent[14] = std::byte{0xa0};
    urgent[15] = std::byte{0};
    fake.receive(urgent);
    EXPECT_EQ(poll(), Numbers{1});
}

TEST_F(Nic, CountsGroupsThatOnlyShareABitOfTheTable) {
    start();
    fake.receive(frame(1, 0, 50, {kGroup.address ^ 0x00810000, kGroup.port}));
    EXPECT_EQ(poll(), Numbers{});
    EXPECT_EQ(counter("other_groups"), 1);
}

TEST_F(Nic, SurvivesALinkThatComesBackAndJoinsAnew) {
    options.igmp.on = true;
    start();
    std::int64_t now = program::monotonic_ns() + 10 * kSecond;
    source->do_chores(now);
    fake.sent.clear();
    fake.pull_cable();
    source->do_chores(now += kSecond / 2);
    EXPECT_FALSE(source->failed());
    fake.plug_cable();
    source->do_chores(now += kSecond / 2);
    EXPECT_FALSE(source->failed());
    EXPECT_EQ(fake.sent.size(), 1U) << "nobody may remember the groups";
    EXPECT_EQ(counter("link_losses"), 1);
    EXPECT_EQ(counter("link_down_ms"), 500);
}

TEST_F(Nic, SeesALinkThatWasAwayBetweenTwoLooks) {
    start();
    std::int64_t now = program::monotonic_ns() + kSecond;
    source->do_chores(now);
    EXPECT_EQ(counter("link_losses"), 0);
    fake.pull_cable();
    fake.plug_cable();
    source->do_chores(now += kSecond / 2);
    EXPECT_EQ(counter("link_losses"), 1);
}

TEST_F(Nic, EndsWhenTheLinkStaysAway) {
    start();
    std::int64_t now = program::monotonic_ns() + kSecond;
    fake.pull_cable();
    source->do_chores(now);
    EXPECT_FALSE(source->failed());
    source->do_chores(now += 2 * kSecond);
    EXPECT_TRUE(source->failed());
    EXPECT_NE(source->failure().find("the link of 0000:00:03.0 went down"), std::string::npos);
}

TEST_F(Nic, EndsWhenTheDeviceIsRemovedAndKeepsItsCounts) {
    start();
    for (std::uint64_t i = 0; i < 65; ++i)
        fake.receive(frame(i));
    EXPECT_EQ(source->drops(), 2U);
    fake.gone = true;
    EXPECT_EQ(poll().size(), 32U) << "memory is ours, and what is in it";
    source->do_chores(program::monotonic_ns() + kSecond);
    EXPECT_TRUE(source->failed());
    EXPECT_EQ(source->failure(), "device 0000:00:03.0 was removed: its registers read as ones");
    EXPECT_EQ(source->drops(), 2U);
}

TEST_F(Nic, EndsWhenTheKernelWantsTheDeviceBack) {
    start();
    fake.wanted_back = true;
    source->do_chores(program::monotonic_ns() + kSecond);
    EXPECT_NE(source->failure().find("is wanted back by the kernel"), std::string::npos);
}

TEST_F(Nic, DoesItsChoresWithoutBeingAsked) {
    start();
    fake.wanted_back = true;
    for (int i = 0; i < 2'000 && !source->failed(); ++i)
        poll();
    EXPECT_TRUE(source->failed());
}

TEST_F(Nic, AnswersQueriesAndLeavesAtTheEnd) {
    options.igmp.on = true;
    start();
    ASSERT_EQ(fake.sent.size(), 1U) << "the first report";
    wire::IgmpMessage report{};
    ASSERT_EQ(wire::parse_igmp_frame(fake.sent[0], report), wire::IgmpStatus::ok);
    EXPECT_EQ(report.type, wire::IgmpType::report_v3);
    std::int64_t now = program::monotonic_ns() + 100 * kSecond;
    source->do_chores(now);
    fake.sent.clear();
    Frame memory(100);
    fake.receive([&] {
        const auto query =
            wire::build_igmp_query_v3(memory, {{std::byte{4}}, 0xc0000201, 0}, 0, 1, 2);
        return Frame{query.begin(), query.end()};
    }());
    EXPECT_EQ(poll(), Numbers{});
    source->do_chores(now += kSecond);
    EXPECT_EQ(fake.sent.size(), 1U) << "the answer";
    fake.sent.clear();
    source.reset();
    EXPECT_EQ(fake.sent.size(), 2U) << "the leave, twice";
}

TEST_F(Nic, AnswersQueriesWhoseTagOnlyHasAPriority) {
    options.igmp.on = true;
    start();
    std::int64_t now = program::monotonic_ns() + 100 * kSecond;
    source->do_chores(now);
    Frame memory(100);
    const auto query = wire::build_igmp_query_v3(memory, {{std::byte{4}}, 0xc0000201, 0}, 0, 1, 2);
    const auto tagged = [&](std::uint8_t vlan) {
        Frame frame{query.begin(), query.end()};
        const Frame tag{std::byte{0x81}, std::byte{0}, std::byte{0xc0}, std::byte{vlan}};
        frame.insert(frame.begin() + 12, tag.begin(), tag.end());
        return frame;
    };
    fake.sent.clear();
    fake.receive(tagged(7));
    EXPECT_EQ(poll(), Numbers{});
    source->do_chores(now += kSecond);
    EXPECT_EQ(fake.sent.size(), 0U) << "a query of another VLAN";
    fake.receive(tagged(0));
    EXPECT_EQ(poll(), Numbers{});
    source->do_chores(now += kSecond);
    EXPECT_EQ(fake.sent.size(), 1U) << "the answer";
}

TEST_F(Nic, ReadsTheChipsCountersLongBeforeTheyAreFull) {
    start();
    fake.at(reg::GPRC) = 5;
    std::int64_t now = program::monotonic_ns();
    const auto pass = [&](std::int64_t seconds) {
        for (const std::int64_t end = now + seconds * kSecond; now < end; now += kSecond / 4)
            source->do_chores(now);
    };
    pass(30);
    EXPECT_EQ(fake.at(reg::GPRC), 5U) << "not often: it takes a dozen reads over PCIe";
    pass(60);
    EXPECT_EQ(fake.at(reg::GPRC), 0U);
    EXPECT_EQ(source->report().counters["chip"]["received"], 5);
}

TEST_F(Nic, AsksForALink) {
    fake.has_cable = false;
    options.link_wait_s = 0.05;
    try {
        start();
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string{error.what()}.find("receive on 0000:00:03.0: no link after"),
                  std::string::npos);
    }
    EXPECT_EQ(fake.at(reg::RCTL), 0U) << "left quiet";
}

}  // namespace
}  // namespace rxlab::nic_rx
