// SPDX-License-Identifier: MIT
//
// Where a thread that receives tells another one how it is doing. Nobody waits for anybody: the
// other one asks, by a word that the receiving thread looks at after each poll and that stays in
// its cache until then; the receiving thread answers by writing its figures under a seqlock. The
// histogram is written all the time, two relaxed stores for each poll that brought packets.
// All memory is allocated by the constructor. Threading: as said at each function.
#pragma once

#include <rxlab/program/monotonic.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/seqlock.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rxlab::rx {

// Of the symbols' count, for one answer: 64 KiB of each feed whose book is not current.
inline constexpr std::size_t kLocatesAtOnce = 4'096;

// Of one feed, since the start; they are counters of SequenceCounters and Feed.
struct FeedFigures {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
    std::uint64_t heartbeats = 0;
    std::uint64_t gaps = 0;
    std::uint64_t missed_messages = 0;
    std::uint64_t duplicate_packets = 0;
    std::uint64_t late_packets = 0;
    std::uint64_t stray_packets = 0;
    std::uint64_t malformed_packets = 0;
    std::uint64_t orders = 0;         // alive now
    std::uint64_t freshness = 0;      // Freshness
    std::uint64_t stale_symbols = 0;  // that the feed has named, where its book is not current
};
static_assert(sizeof(FeedFigures) % sizeof(std::uint64_t) == 0);

struct PortFigures {
    std::uint64_t packets = 0;
    std::uint64_t lost = 0;  // 1: its link or its interface is gone
};

// What the receiving thread said last.
struct Figures {
    std::vector<FeedFigures> feeds;
    std::vector<PortFigures> ports;
    std::optional<std::uint64_t> drops;  // absent: nobody counts them, or another thread tells
    std::uint64_t at_ns = 0;             // CLOCK_MONOTONIC
    bool counts_symbols = false;         // stale_symbols is not complete yet: ask again
};

// From the return of the poll that brought packets to the last of them in its book.
struct LatencyFigures {
    static constexpr std::size_t kBuckets = 28;  // bucket i: up to 2^i ns; the last: all
    std::array<std::uint64_t, kBuckets> polls{};
    std::uint64_t sum_ns = 0;
};

class MetricsBoard {
  public:
    MetricsBoard(std::size_t feeds, std::size_t ports)
        : feeds_{feeds}, ports_{ports}, words_(words_of(feeds, ports)), figures_{words_.size()} {}

    // Of the receiving thread. Once, before the first packet.
    void begin(double ticks_per_ns) noexcept { ns_per_tick_ = 1 / ticks_per_ns; }
    // After each poll: somebody has asked since the last publish().
    [[nodiscard]] bool is_wanted() const noexcept {
        return asked_.load(std::memory_order_relaxed) != answered_;
    }
    // Some microseconds, and what `drops` costs. `source`: anything with failed() and, where it has
    // several ports, each_port().
    template <typename Source>
    void publish(Pipeline& pipeline, const Source& source,
                 std::optional<std::uint64_t> drops) noexcept {
        answered_ = asked_.load(std::memory_order_relaxed);
        pipeline.look();
        const std::uint64_t packets = take_feeds(pipeline);
        std::uint64_t* const ports = words_.data() + feeds_ * kFeedWords;
        const auto take_port = [ports](std::size_t port, std::uint64_t count, bool lost) {
            ports[2 * port] = count;
            ports[2 * port + 1] = lost ? 1 : 0;
        };
        if constexpr (requires { source.each_port(take_port); }) {
            source.each_port(take_port);
        } else if (ports_ != 0) {
            ports[0] = packets;
            ports[1] = source.failed() ? 1 : 0;
        }
        finish(drops);
    }
    void record(latency::Ticks ticks) noexcept {
        const auto ns = static_cast<std::uint64_t>(static_cast<double>(ticks) * ns_per_tick_);
        const auto bucket = std::min<std::size_t>(ns < 2 ? 0 : std::bit_width(ns - 1),
                                                  LatencyFigures::kBuckets - 1);
        add(buckets_[bucket], 1);
        add(sum_ns_, ns);
    }

    // Of any other thread.
    void ask() noexcept { asked_.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t answers() const noexcept { return figures_.writes(); }
    // Empty before the first answer.
    [[nodiscard]] std::optional<Figures> figures() const;
    [[nodiscard]] LatencyFigures latency() const noexcept;

  private:
    static constexpr std::size_t kFeedWords = sizeof(FeedFigures) / sizeof(std::uint64_t);
    static constexpr std::size_t kOtherWords = 4;  // drops, whether, at_ns, counts_symbols
    static constexpr std::size_t words_of(std::size_t feeds, std::size_t ports) noexcept {
        return feeds * kFeedWords + ports * 2 + kOtherWords;
    }
    // There is one writer: no read-modify-write with its lock prefix is needed.
    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t value) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
    }
    std::uint64_t take_feeds(const Pipeline& pipeline) noexcept;
    void count_symbols(const Pipeline& pipeline) noexcept;
    void finish(std::optional<std::uint64_t> drops) noexcept;

    alignas(64) std::atomic<std::uint64_t> asked_{0};
    alignas(64) std::uint64_t answered_ = 0;
    double ns_per_tick_ = 1;
    std::size_t feeds_;
    std::size_t ports_;
    std::vector<std::uint64_t> words_;  // what is published next
    std::size_t next_locate_ = 0;       // of the symbols' count, which takes several turns
    std::vector<std::uint64_t> counted_ = std::vector<std::uint64_t>(feeds_);  // so far
    std::vector<std::uint64_t> symbols_ =
        std::vector<std::uint64_t>(feeds_);  // the last whole count
    Seqlock figures_;
    alignas(64) std::array<std::atomic<std::uint64_t>, LatencyFigures::kBuckets> buckets_{};
    std::atomic<std::uint64_t> sum_ns_{0};
};

}  // namespace rxlab::rx
