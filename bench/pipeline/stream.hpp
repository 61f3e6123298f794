// SPDX-License-Identifier: MIT
//
// The packets that the receive loop is timed with: a small market whose book stays in the cache.
// After a pass the book is empty again, so that every pass does the same work; only the sequence
// numbers go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::bench::pipeline {

class Stream {
  public:
    // `packets` of `messages` each: adds (A), partial executions (E), cancels (X), replaces (U) and
    // deletes (D) of 16 symbols; at most about 100 orders are alive. Allocates all memory.
    Stream(std::size_t packets, std::size_t messages);

    // Numbers the packets for the next pass.
    void renumber() noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return packets_.size(); }
    // MoldUDP64 packets, as views into the stream's memory.
    [[nodiscard]] const std::vector<std::span<std::byte>>& packets() const noexcept {
        return packets_;
    }

  private:
    std::vector<std::byte> memory_;
    std::vector<std::span<std::byte>> packets_;
    std::size_t messages_;
    std::uint64_t next_ = 1;
};

}  // namespace rxlab::bench::pipeline
