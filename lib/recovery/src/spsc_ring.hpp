// SPDX-License-Identifier: MIT
//
// A bounded queue between two threads, one that puts in and one that takes out, with elements made
// beforehand: neither side waits, allocates or locks. Threading: back() and push() belong to one
// thread, front() and pop() to the other.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <vector>

namespace rxlab::recovery {

template <typename T>
class SpscRing {
  public:
    // Room for at least `size` elements (a power of two).
    explicit SpscRing(std::size_t size) : elements_(std::bit_ceil(size)) {}

    // The element to fill next; null while the ring is full.
    [[nodiscard]] T* back() noexcept {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        // acquire: what the other side read from the element is read before it is overwritten
        if (tail - head_.load(std::memory_order_acquire) == elements_.size()) return nullptr;
        return &elements_[tail & (elements_.size() - 1)];
    }
    // Hands over what back() returned.
    void push() noexcept {
        // release: the element is written before it is seen
        tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    // The oldest element; null while the ring is empty.
    [[nodiscard]] T* front() noexcept {
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (head == tail_.load(std::memory_order_acquire)) return nullptr;
        return &elements_[head & (elements_.size() - 1)];
    }
    // Gives back what front() returned.
    void pop() noexcept {
        head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

  private:
    std::vector<T> elements_;
    alignas(64) std::atomic<std::size_t> head_{0};
    alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace rxlab::recovery
