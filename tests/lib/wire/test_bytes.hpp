// SPDX-License-Identifier: MIT
//
// What several tests of lib/wire need: bytes from numbers, random bytes, a file that goes away.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace rxlab::wire::test {

using Bytes = std::vector<std::byte>;

inline Bytes bytes(std::initializer_list<int> values) {
    Bytes result;
    for (int value : values)
        result.push_back(static_cast<std::byte>(value));
    return result;
}

inline Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
    Bytes result(size);
    for (std::byte& byte : result)
        byte = static_cast<std::byte>(random() & 0xff);
    return result;
}

inline void append(Bytes& to, std::span<const std::byte> more) {
    to.insert(to.end(), more.begin(), more.end());
}

// A copy on the heap of exactly this size, so that a sanitizer sees every read beyond it.
inline Bytes exact(std::span<const std::byte> from) {
    return {from.begin(), from.end()};
}

// The number that `size` bytes at `offset` hold in network order, read one byte at a time.
inline std::uint64_t number_at(std::span<const std::byte> from, std::size_t offset,
                               std::size_t size) {
    std::uint64_t value = 0;
    for (std::byte byte : from.subspan(offset, size)) {
        value = value * 256 + std::to_integer<std::uint64_t>(byte);
    }
    return value;
}

// A path that does not exist yet, removed at the end.
class ScratchFile {
  public:
    ScratchFile()
        : path_{std::filesystem::path{testing::TempDir()} /
                ("rxlab-wire-" + std::to_string(::getpid()) + "-" + std::to_string(++last_))} {}
    explicit ScratchFile(std::span<const std::byte> content) : ScratchFile() {
        std::ofstream file{path_, std::ios::binary};
        file.write(reinterpret_cast<const char*>(content.data()),
                   static_cast<std::streamsize>(content.size()));
        file.close();
        EXPECT_TRUE(file) << "cannot write " << path_;
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile() { std::filesystem::remove(path_); }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] Bytes content() const {
        std::ifstream file{path_, std::ios::binary};
        Bytes result;
        for (char c; file.get(c);)
            result.push_back(static_cast<std::byte>(c));
        return result;
    }

  private:
    static inline int last_ = 0;
    std::filesystem::path path_;
};

}  // namespace rxlab::wire::test
