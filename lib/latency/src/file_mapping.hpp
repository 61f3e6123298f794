// SPDX-License-Identifier: MIT
//
// A descriptor and a shared mapping of its file while a trace is being opened: whatever fails in
// between, both are given back. The trace takes them over with release() and release_descriptor().
// Private to lib/latency; one thread.
#pragma once

#include <cstddef>
#include <filesystem>

namespace rxlab::latency {

class FileMapping {
  public:
    // Creates (or empties) a regular file of exactly `bytes` bytes, allocates its blocks, maps it
    // read-write and writes to every page. A file that cannot be completed is removed. Throws
    // std::system_error "OPERATION PATH".
    static FileMapping create(const std::filesystem::path& path, std::size_t bytes);
    // Maps an existing file read-only; data() is null where it is empty. Throws std::system_error.
    static FileMapping open(const std::filesystem::path& path);

    FileMapping(FileMapping&& other) noexcept;
    FileMapping& operator=(FileMapping&&) = delete;
    ~FileMapping();

    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    std::byte* release() noexcept;
    int release_descriptor() noexcept;

  private:
    FileMapping() = default;

    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
    int descriptor_ = -1;
};

}  // namespace rxlab::latency
