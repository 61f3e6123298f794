// SPDX-License-Identifier: MIT
//
// A file read from its front to its end, so that it may be a pipe. Owns the open file. Threading:
// belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>

namespace rxlab::capture {

class Input {
  public:
    // Takes the open file over.
    explicit Input(std::FILE* file) noexcept : file_{file} {}

    // Fills `to`; returns how many bytes there were, fewer only at the end or on an error.
    std::size_t read(std::span<std::byte> to) noexcept;
    // Leaves out so many bytes; false where the file ends before, or on an error.
    bool skip(std::uint64_t bytes) noexcept;
    // errno of the read that failed; 0: none did.
    [[nodiscard]] int error() const noexcept { return error_; }

  private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    std::unique_ptr<std::FILE, Close> file_;
    int error_ = 0;
};

}  // namespace rxlab::capture
