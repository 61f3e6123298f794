// SPDX-License-Identifier: MIT
//
// A fixed array whose elements are all constructed, and whose memory is therefore present, before
// the first message: no page fault happens later. Large arrays ask for transparent huge pages,
// because a book is accessed at random and would otherwise miss the TLB at almost every message.
// Owns its memory; moves, does not copy. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace rxlab::book {

namespace detail {

// Raw memory, not yet touched. Throws std::system_error (ENOMEM) "reserve N bytes for WHAT".
[[nodiscard]] std::byte* reserve_pages(std::size_t bytes, const char* what);
void release_pages(std::byte* memory, std::size_t bytes) noexcept;

}  // namespace detail

template <typename T>
class PageArray {
  public:
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

    // `what` names the contents in the error message.
    PageArray(std::size_t count, const char* what)
        : data_{reinterpret_cast<T*>(detail::reserve_pages(count * sizeof(T), what))},
          count_{count} {
        std::uninitialized_value_construct_n(data_, count);
    }
    PageArray(PageArray&& other) noexcept
        : data_{std::exchange(other.data_, nullptr)}, count_{std::exchange(other.count_, 0)} {}
    PageArray& operator=(PageArray&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(count_, other.count_);
        return *this;
    }
    ~PageArray() {
        if (data_ == nullptr) return;
        detail::release_pages(reinterpret_cast<std::byte*>(data_), count_ * sizeof(T));
    }

    [[nodiscard]] T& operator[](std::size_t index) noexcept { return data_[index]; }
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return data_[index]; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return count_ * sizeof(T); }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + count_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + count_; }

  private:
    T* data_;
    std::size_t count_;
};

}  // namespace rxlab::book
