// SPDX-License-Identifier: MIT
//
// pipeline_bench checks that its loops did what is timed: without that, a loop that drops what it
// receives would have the best figures.
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <gtest/gtest.h>
#include <loops.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <tuple>

namespace rxlab::bench::pipeline {
namespace {

constexpr std::size_t kPackets = 100;
constexpr std::size_t kMessages = 20;

class PipelineLoops : public testing::Test {
  protected:
    latency::Clock clock_ = latency::Clock::detect();
    Receiver receiver_{clock_, std::filesystem::temp_directory_path(), 0, false};
    Stream stream_{kPackets, kMessages};
    MemorySource source_{stream_, rx::kBatchPackets};
};

// One packet whose messages are of types that no book is about.
class SystemEvents {
  public:
    SystemEvents() {
        wire::mold::PacketBuilder builder{memory_, wire::mold::Session{"BENCH"}};
        builder.start(1);
        for (std::size_t i = 0; i < kMessages; ++i)
            EXPECT_TRUE(builder.append(wire::bytes_of(wire::itch::SystemEvent{})));
        packet_ = builder.finish();
    }

    std::size_t poll(std::span<rx::PacketView> batch) noexcept {
        if (polled_) return 0;
        polled_ = true;
        batch[0] = {packet_, 0, 0};
        return 1;
    }
    [[nodiscard]] bool failed() const noexcept { return polled_; }

  private:
    std::array<std::byte, wire::mold::kPayloadBytesMax> memory_{};
    std::span<const std::byte> packet_;
    bool polled_ = false;
};

TEST_F(PipelineLoops, AreRightWhereEveryMessageChangedABook) {
    receiver_.drain(source_);
    EXPECT_NO_THROW(receiver_.check(kPackets, kPackets * kMessages));
    source_.rewind();
    book::Book book{{4'096, 4'096}};
    std::ignore = decode_into_book(source_, book, clock_);
    EXPECT_NO_THROW(check_book(book, kPackets * kMessages));
}

TEST_F(PipelineLoops, AreWrongWhereMessagesChangeNoBook) {
    SystemEvents events;
    receiver_.drain(events);
    EXPECT_THROW(receiver_.check(1, kMessages), std::runtime_error);
}

TEST_F(PipelineLoops, AreWrongWherePacketsAreMissing) {
    receiver_.drain(source_);
    EXPECT_THROW(receiver_.check(kPackets + 1, (kPackets + 1) * kMessages), std::runtime_error);
}

TEST_F(PipelineLoops, AreWrongWhereABookWasGivenNothing) {
    const book::Book book{{4'096, 4'096}};
    EXPECT_THROW(check_book(book, kPackets * kMessages), std::runtime_error);
}

}  // namespace
}  // namespace rxlab::bench::pipeline
