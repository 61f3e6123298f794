// SPDX-License-Identifier: MIT
//
// A few words that one thread writes together and others read together. The writer never waits; a
// reader that meets a write reads again. All accesses are atomic and relaxed; the fences put them
// in order (H.-J. Boehm, "Can seqlocks get along with programming language memory models?", MSPC
// 2012). Threading: one writer, any number of readers.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::rx {

class Seqlock {
  public:
    explicit Seqlock(std::size_t words) : words_(words) {}

    // `values`: as many as there are words.
    void write(std::span<const std::uint64_t> values) noexcept {
        const std::uint64_t version = version_.load(std::memory_order_relaxed);
        version_.store(version + 1, std::memory_order_relaxed);  // odd: do not trust what you read
        std::atomic_thread_fence(std::memory_order_release);
        for (std::size_t i = 0; i < words_.size(); ++i)
            words_[i].store(values[i], std::memory_order_relaxed);
        version_.store(version + 2, std::memory_order_release);
    }
    // How often was written; 0: nothing is there yet.
    [[nodiscard]] std::uint64_t writes() const noexcept {
        return version_.load(std::memory_order_acquire) / 2;
    }
    // False where the writer was at work meanwhile.
    [[nodiscard]] bool try_read(std::span<std::uint64_t> values) const noexcept {
        const std::uint64_t before = version_.load(std::memory_order_acquire);
        if (before % 2 != 0) return false;
        for (std::size_t i = 0; i < words_.size(); ++i)
            values[i] = words_[i].load(std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_acquire);
        return version_.load(std::memory_order_relaxed) == before;
    }
    [[nodiscard]] std::size_t size() const noexcept { return words_.size(); }

  private:
    std::atomic<std::uint64_t> version_{0};
    std::vector<std::atomic<std::uint64_t>> words_;
};

}  // namespace rxlab::rx
