// SPDX-License-Identifier: MIT
//
// Several interfaces in one loop, over sources that the test fills and breaks.
#include <rxlab/rx/several_ports.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

namespace rxlab::rx {
namespace {

struct Wire {
    std::size_t waiting = 0;  // packets
    bool failed = false;
    bool is_gone = false;
    std::size_t polls = 0;
};
std::map<std::string, Wire> wires;

struct FakeSource {
    explicit FakeSource(const Interface& interface)
        : name{interface.name}, id{interface.lines[0].id} {}
    FakeSource(const FakeSource&) = delete;

    std::size_t poll(std::span<PacketView> batch) noexcept {
        Wire& wire = wires[name];
        ++wire.polls;
        if (wire.waiting == 0) return 0;
        --wire.waiting;
        batch[0] = {};
        batch[0].id = id;
        return 1;
    }
    bool failed() const noexcept { return wires[name].failed; }
    bool is_gone() const noexcept { return wires[name].is_gone; }
    std::string interface() const { return name; }
    SourceReport report() {
        SourceReport report;
        report.drops["socket"] = 3;
        report.counters["link_losses"] = 1;
        return report;
    }
    std::optional<std::uint64_t> drops() { return 3; }
    std::string failure() { return name + " is cut"; }

    std::string name;
    LineId id;
};

class SeveralPortsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        wires.clear();
        Options options;
        options.groups = {{0xef010101, 1}};
        options.line_b = {{0xef010102, 1}};
        options.group_interfaces = {"a"};
        options.line_b_interfaces = {"b"};
        source_.emplace("test", interfaces_of(options),
                        [](const Interface& interface) { return FakeSource{interface}; });
    }
    std::uint8_t line_of_next() {
        EXPECT_EQ(source_->poll(batch_), 1U);
        return batch_[0].id.line;
    }

    std::array<PacketView, kBatchPackets> batch_;
    std::optional<SeveralPorts<FakeSource>> source_;
};

TEST_F(SeveralPortsTest, AsksInTurnSoThatABusyOneStarvesNobody) {
    wires["a"].waiting = wires["b"].waiting = 2;
    EXPECT_EQ(line_of_next(), 0);
    EXPECT_EQ(line_of_next(), 1);
    EXPECT_EQ(line_of_next(), 0);
    EXPECT_EQ(line_of_next(), 1);
    EXPECT_EQ(source_->poll(batch_), 0U);
}

TEST_F(SeveralPortsTest, GoesOnWithoutALostOneAndFailsWhenAllAre) {
    wires["a"].failed = true;
    wires["b"].waiting = 1;
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(line_of_next(), 1);
    EXPECT_EQ(::testing::internal::GetCapturedStderr(),
              "test: warning: a is cut; going on without it\n");
    EXPECT_FALSE(source_->failed());
    wires["b"].failed = true;
    EXPECT_EQ(source_->poll(batch_), 0U);
    EXPECT_TRUE(source_->failed());
    EXPECT_EQ(source_->failure(), "a is cut; b is cut");
}

TEST_F(SeveralPortsTest, UsesALinkThatIsBackAndNeverAsksOneThatIsGone) {
    ::testing::internal::CaptureStderr();
    wires["a"].failed = true;
    EXPECT_EQ(source_->poll(batch_), 0U);
    wires["a"].failed = false;
    EXPECT_EQ(source_->poll(batch_), 0U);
    wires["a"].waiting = 1;
    EXPECT_EQ(line_of_next(), 0);
    wires["a"].failed = wires["a"].is_gone = true;
    EXPECT_EQ(source_->poll(batch_), 0U);
    const std::size_t polls = wires["a"].polls;
    EXPECT_EQ(source_->poll(batch_), 0U);
    EXPECT_EQ(wires["a"].polls, polls);
    EXPECT_NE(::testing::internal::GetCapturedStderr().find("test: a is back\n"),
              std::string::npos);
}

TEST_F(SeveralPortsTest, AsksNoneAnyMoreThatWasRemovedWhileItsLinkWasDown) {
    wires["a"].failed = true;
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(source_->poll(batch_), 0U);
    wires["a"].is_gone = true;
    EXPECT_EQ(source_->poll(batch_), 0U);
    ::testing::internal::GetCapturedStderr();
    const std::size_t polls = wires["a"].polls;
    EXPECT_EQ(source_->poll(batch_), 0U);
    EXPECT_EQ(wires["a"].polls, polls);
    EXPECT_FALSE(source_->failed());
    wires["b"].failed = true;
    EXPECT_EQ(source_->poll(batch_), 0U);
    EXPECT_TRUE(source_->failed()) << "each counts once";
}

TEST_F(SeveralPortsTest, ReportsEachByItselfAndTheDropsOfAll) {
    wires["b"].waiting = 1;
    EXPECT_EQ(line_of_next(), 1);
    const SourceReport report = source_->report();
    EXPECT_EQ(report.drops["socket"], 6);
    const auto& ports = report.counters["ports"];
    ASSERT_EQ(ports.size(), 2U);
    EXPECT_EQ(ports[1]["interface"], "b");
    EXPECT_EQ(ports[1]["lines"][0]["line"], "B");
    EXPECT_EQ(ports[1]["packets"], 1);
    EXPECT_EQ(ports[1]["link_losses"], 1);
    EXPECT_TRUE(ports[1]["lost"].is_null());
}

}  // namespace
}  // namespace rxlab::rx
