// SPDX-License-Identifier: MIT
//
// A pcap file of Ethernet frames with stamps in nanoseconds, through libpcap.
// Threading: belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

struct pcap;
struct pcap_dumper;

namespace rxlab::capture {

class Writer {
  public:
    // Creates or replaces the file. Throws program::RunError.
    explicit Writer(std::filesystem::path path);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();

    // `time_ns` since 1970-01-01 UTC, below 2^32 s (the format ends in 2106). False once the file
    // cannot be written (a full disk may show only in close()).
    [[nodiscard]] bool append(std::span<const std::byte> frame, std::uint64_t time_ns) noexcept;
    // The file is complete only when this has returned. Throws program::RunError.
    void close();
    // Empty unless append() failed.
    [[nodiscard]] std::string failure() const;

  private:
    std::filesystem::path path_;
    pcap* capture_ = nullptr;
    pcap_dumper* dumper_ = nullptr;
    int error_ = 0;
};

}  // namespace rxlab::capture
