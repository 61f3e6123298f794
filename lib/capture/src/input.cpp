// SPDX-License-Identifier: MIT
#include "input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace rxlab::capture {

std::size_t Input::read(std::span<std::byte> to) noexcept {
    if (to.empty()) return 0;
    errno = 0;
    const std::size_t got = std::fread(to.data(), 1, to.size(), file_.get());
    if (got < to.size() && std::ferror(file_.get()) != 0) error_ = errno != 0 ? errno : EIO;
    return got;
}

bool Input::skip(std::uint64_t bytes) noexcept {
    std::array<std::byte, 4'096> memory;
    while (bytes != 0) {
        const auto part = std::span{memory}.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes, memory.size())));
        if (read(part) != part.size()) return false;
        bytes -= part.size();
    }
    return true;
}

}  // namespace rxlab::capture
