// SPDX-License-Identifier: MIT
//
// Captures, as tcpdump, Wireshark and the recorders of the field write them: pcap (stamps in micro-
// or nanoseconds, either byte order) and pcapng, through libpcap. Whatever the link type, a frame
// comes out as Ethernet, so that one parser serves all: Linux cooked (`tcpdump -i any`, both
// versions) and raw IP get a header without addresses.
// Ownership: a frame's bytes are the reader's and valid until the next next(). Threading: belongs
// to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct pcap;

namespace rxlab::capture {

struct Frame {
    std::span<const std::byte> bytes;  // from the destination address on, without the checksum
    std::uint64_t time_ns = 0;         // since 1970-01-01 UTC
    bool is_cut = false;               // the capture holds only the frame's beginning (snap length)
};

class Reader {
  public:
    // Throws program::RunError that names the file: cannot be opened, no capture (a compressed one
    // says so), or of a link type that is none of the above.
    explicit Reader(const std::filesystem::path& path);
    // Takes an open file over; `name` stands for it in messages.
    Reader(std::FILE* file, std::string name);

    // False at the end, or where the file cannot be read on: then failure() says why.
    [[nodiscard]] bool next(Frame& frame) noexcept;
    // "read capture X: truncated …; 17 frames were read before"; empty unless the reader failed.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }

  private:
    struct Close {
        void operator()(pcap* capture) const noexcept;
    };

    void open(std::FILE* file);
    void prepare_link_header();
    [[nodiscard]] std::span<const std::byte> as_ethernet(
        std::span<const std::byte> captured) noexcept;

    std::string name_;
    std::unique_ptr<pcap, Close> capture_;
    int link_type_ = 0;              // DLT_…
    std::vector<std::byte> memory_;  // a frame whose header was made here; empty for Ethernet
    std::uint64_t frames_ = 0;
    std::string failure_;
};

}  // namespace rxlab::capture
