// SPDX-License-Identifier: MIT
//
// The line of live counters that --statistics asks for. Threading: one thread.
#pragma once

#include <rxlab/rx/pipeline.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace rxlab::rx {

// Of one thread that receives, since its start.
struct LiveCounts {
    std::uint64_t packets = 0;
    std::uint64_t messages = 0;
    std::uint64_t gaps = 0;
    std::uint64_t missed = 0;    // messages
    std::uint64_t strays = 0;    // packets of sessions that are over, or were not believed
    std::uint64_t doubtful = 0;  // feeds whose book is not current

    friend LiveCounts operator+(const LiveCounts& a, const LiveCounts& b) noexcept {
        return {a.packets + b.packets, a.messages + b.messages, a.gaps + b.gaps,
                a.missed + b.missed,   a.strays + b.strays,     a.doubtful + b.doubtful};
    }
};

[[nodiscard]] LiveCounts counts_of(const Pipeline& pipeline) noexcept;

// One line without its end: the sums of `workers` and, where there are several, each of them.
// `packets_per_s` is of the last period, all else since the start. `drops` is nothing where nobody
// counts them.
[[nodiscard]] std::string statistics_text(double elapsed_s, double packets_per_s,
                                          std::span<const LiveCounts> workers,
                                          std::optional<std::uint64_t> drops);

// Time counts from its beginning.
class StatisticsLines {
  public:
    // Writes a line to standard error.
    void print(std::span<const LiveCounts> workers, std::optional<std::uint64_t> drops);

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_ = start_;
    std::uint64_t last_packets_ = 0;
};

}  // namespace rxlab::rx
