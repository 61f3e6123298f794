// SPDX-License-Identifier: MIT
//
// A file in memory with a path, for readers and writers that want one.
#pragma once

#include "fuzz.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace rxlab::fuzz {

class MemoryFile {
  public:
    MemoryFile() : descriptor_{memfd_create("fuzz", MFD_CLOEXEC)} { REQUIRE(descriptor_ >= 0); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { close(descriptor_); }

    void set(Bytes bytes) const {
        REQUIRE(ftruncate(descriptor_, 0) == 0);
        REQUIRE(pwrite(descriptor_, bytes.data(), bytes.size(), 0) ==
                static_cast<ssize_t>(bytes.size()));
    }
    [[nodiscard]] std::vector<std::byte> get() const {
        std::vector<std::byte> bytes(static_cast<std::size_t>(lseek(descriptor_, 0, SEEK_END)));
        REQUIRE(pread(descriptor_, bytes.data(), bytes.size(), 0) ==
                static_cast<ssize_t>(bytes.size()));
        return bytes;
    }
    [[nodiscard]] std::string path() const {
        return "/proc/self/fd/" + std::to_string(descriptor_);
    }

  private:
    int descriptor_;
};

}  // namespace rxlab::fuzz
