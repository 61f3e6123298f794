// SPDX-License-Identifier: MIT
//
// One feed of an OrderedPipeline: its channel in order, its lines side by side, and what is
// reported about both. What the channel delivers goes into the shared pipeline. All memory is
// allocated by the constructor. Threading: one thread.
#pragma once

#include <rxlab/feed/line_pair.hpp>
#include <rxlab/feed/ordered_channel.hpp>
#include <rxlab/latency/histogram.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/wire/address.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::rx {

// What is said about a feed's snapshots.
struct SnapshotReport {
    std::uint64_t taken = 0;
    std::uint64_t refused = 0;  // older than a loss, far ahead of the feed, of another session
    std::uint64_t refused_in_a_row = 0;
    std::uint64_t given_up = 0;  // after several attempts
    std::uint64_t sequence = 0;  // of the last one: the first message that is not in it
    std::uint64_t messages = 0;  // in it
    std::uint64_t orders = 0;    // alive in it
    std::uint64_t load_ns = 0;
    std::uint64_t held_packets = 0;  // that had come meanwhile
    std::string failure;             // the last one, in words
};

class OrderedFeed final : public feed::OrderedSink {
  public:
    // `pipeline` must outlive the feed.
    OrderedFeed(const Options& options, std::size_t index, Pipeline& pipeline);

    void deliver(std::span<const std::byte> payload,
                 const feed::Arrival& arrival) noexcept override;
    void skip_to(std::uint64_t sequence) noexcept override {
        pipeline_.feed(index_).channel.lose_before(sequence);
    }
    void begin_anew() noexcept override { pipeline_.begin_anew(index_); }
    void join(const wire::mold::Session& session, std::uint64_t sequence) noexcept override {
        pipeline_.join(index_, session, sequence);
    }

    // A packet of a line, after the channel has taken it.
    void note_line(std::uint8_t line, const wire::mold::Header& header, feed::Taken taken,
                   std::uint64_t now_ns) noexcept;
    // After anything but an in-order packet.
    void note_change(std::uint64_t now_ns) noexcept;

    [[nodiscard]] bool has_two_lines() const noexcept { return lines_.has_value(); }
    [[nodiscard]] const std::optional<feed::LinePair>& lines() const noexcept { return lines_; }
    // By how much a line's packets led those of the other, in nanoseconds.
    [[nodiscard]] const latency::Histogram& lead_ns(std::size_t line) const noexcept {
        return lead_ns_[line];
    }
    // How long the book was incomplete, in nanoseconds: where packets were only out of order (or
    // came in time on the other line), and where a gap had to be declared.
    [[nodiscard]] const latency::Histogram& reorder_ns() const noexcept { return reorder_ns_; }
    [[nodiscard]] const latency::Histogram& gap_ns() const noexcept { return gap_ns_; }
    // From the start until the book was complete for the first time.
    [[nodiscard]] const std::optional<std::uint64_t>& consistent_ns() const noexcept {
        return consistent_ns_;
    }
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }

    feed::OrderedChannel channel;
    SnapshotReport snapshot;

  private:
    Pipeline& pipeline_;
    std::uint32_t index_;
    std::optional<feed::LinePair> lines_;
    std::array<latency::Histogram, feed::kLines> lead_ns_;
    latency::Histogram reorder_ns_;
    latency::Histogram gap_ns_;
    std::uint64_t episodes_ = 0;
    std::optional<std::uint64_t> consistent_ns_;
};

}  // namespace rxlab::rx
