// SPDX-License-Identifier: MIT
//
// Captures, as tcpdump, Wireshark and the recorders of the field write them: pcap (stamps in micro-
// or nanoseconds, either byte order) and pcapng, also of several interfaces that differ in link
// type, snap length and resolution. Whatever the link type, a frame comes out as Ethernet, so that
// one parser serves all: Linux cooked (`tcpdump -i any`, both versions), raw IP and BSD loopback
// get a header without addresses. The file is read once from its front, so it may be a pipe.
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

namespace rxlab::capture {

class FileFormat;
class Input;

inline constexpr std::uint64_t kSecond_ns = 1'000'000'000;

struct Frame {
    std::span<const std::byte> bytes;  // from the destination address on, without the checksum
    std::uint64_t time_ns = 0;         // since 1970-01-01 UTC
    bool is_cut = false;               // the capture holds only the frame's beginning (snap length)
};

// Frames that were left out, because nothing here reads their link type.
struct RefusedFrames {
    std::uint32_t link_type = 0;  // LINKTYPE_…
    std::string name;             // of it: "IEEE802_11"
    std::uint64_t frames = 0;
};

class Reader {
  public:
    // Throws program::RunError that names the file: cannot be opened, no capture (a compressed one
    // says so), or a pcap file of a link type that is none of the above.
    explicit Reader(const std::filesystem::path& path);
    // Takes an open file over; `name` stands for it in messages.
    Reader(std::FILE* file, std::string name);
    Reader(Reader&& other) noexcept;
    Reader& operator=(Reader&&) = delete;
    ~Reader();

    // False at the end, or where the file cannot be read on: then failure() says why. Frames of
    // other link types are left out and counted; a file that holds no others fails at its end.
    [[nodiscard]] bool next(Frame& frame) noexcept;
    // "read capture X: truncated …; 17 frames were read before it"; empty unless the reader failed.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    // Those that next() gave.
    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
    // In the order of their first frame.
    [[nodiscard]] const std::vector<RefusedFrames>& refused() const noexcept { return refused_; }
    // Frames that the file gives no time (pcapng's simple packets): they have that of the frame
    // before.
    [[nodiscard]] std::uint64_t frames_without_time() const noexcept { return without_time_; }
    // Packets that the recorder says it lost, as far as the file was read. Only pcapng can tell.
    [[nodiscard]] std::uint64_t recorder_drops() const noexcept;

  private:
    void open(std::FILE* file);
    void refuse(std::uint32_t link_type) noexcept;
    void finish(bool is_complete) noexcept;

    std::string name_;
    std::unique_ptr<Input> input_;
    std::unique_ptr<FileFormat> format_;
    std::vector<std::byte> memory_;  // room for an Ethernet header, then the packet
    bool ended_ = false;
    std::uint64_t frames_ = 0;
    std::uint64_t without_time_ = 0;
    std::vector<RefusedFrames> refused_;
    std::string failure_;
};

}  // namespace rxlab::capture
