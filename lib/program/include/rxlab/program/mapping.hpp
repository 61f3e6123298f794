// SPDX-License-Identifier: MIT
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace rxlab::program {

// Memory for reading and writing that mmap(2) maps, and that unmaps itself.
class Mapping {
  public:
    Mapping() = default;
    // `flags`: MAP_SHARED and the like. `fd`: what is mapped, from `offset` on; -1 with
    // MAP_ANONYMOUS. Where the kernel refuses, data() is null, and errno says why.
    Mapping(std::size_t bytes, int flags, int fd = -1, std::uint64_t offset = 0) noexcept {
        void* const at =
            mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, fd, static_cast<off_t>(offset));
        if (at == MAP_FAILED) return;
        data_ = static_cast<std::byte*>(at);
        bytes_ = bytes;
    }
    Mapping(Mapping&& other) noexcept
        : data_{std::exchange(other.data_, nullptr)}, bytes_{std::exchange(other.bytes_, 0)} {}
    Mapping& operator=(Mapping&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Mapping() {
        if (data_ != nullptr) munmap(data_, bytes_);
    }
    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_; }

  private:
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace rxlab::program
