// SPDX-License-Identifier: MIT
//
// The formats of captures, each read record by record from an Input: what the Reader gets is a
// packet as the file holds it, and the link type that says how it begins.
// Ownership: a format uses its Reader's Input and memory. Threading: belongs to one thread.
#pragma once

#include "input.hpp"

#include <rxlab/capture/reader.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace rxlab::capture {

// The longest packet that is read, as of tcpdump and Wireshark. What claims to be longer is damage.
inline constexpr std::size_t kPacketBytesMax = 262'144;

// Numbers in the byte order of who wrote the file.
class FileOrder {
  public:
    explicit FileOrder(bool is_swapped = false) noexcept : is_swapped_{is_swapped} {}

    template <typename T>
    [[nodiscard]] T number(std::span<const std::byte> from, std::size_t offset) const noexcept {
        T value;
        std::memcpy(&value, from.data() + offset, sizeof value);
        if (!is_swapped_) return value;
        auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
        std::ranges::reverse(bytes);
        return std::bit_cast<T>(bytes);
    }

  private:
    bool is_swapped_;
};

struct Record {
    std::uint32_t link_type = 0;  // LINKTYPE_…, https://www.tcpdump.org/linktypes.html
    std::size_t bytes = 0;        // captured; they lie in the memory that next() was given
    std::size_t wire_bytes = 0;   // of the whole packet
    std::uint64_t time_ns = 0;    // since 1970-01-01 UTC
    bool has_time = true;
};

class FileFormat {
  public:
    enum class Next { record, end, failed };

    FileFormat() = default;
    FileFormat(const FileFormat&) = delete;
    FileFormat& operator=(const FileFormat&) = delete;
    virtual ~FileFormat() = default;

    // Reads the next packet into `memory`, which has kPacketBytesMax bytes. Where its link type is
    // none that can be read (link_type.hpp), its bytes are left out.
    [[nodiscard]] virtual Next next(Record& record, std::span<std::byte> memory) noexcept = 0;
    // Why next() failed.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
    // Packets that the recorder says it lost; only pcapng has a place for it.
    [[nodiscard]] virtual std::uint64_t recorder_drops() const noexcept { return 0; }

  protected:
    // "truncated: …", or the error of reading; always Next::failed.
    Next truncated(const Input& input, const char* what, std::uint64_t wanted, std::uint64_t got);
    Next fail(std::string reason) {
        failure_ = std::move(reason);
        return Next::failed;
    }

  private:
    std::string failure_;
};

// Reads the file's beginning and returns the format of the rest. `input` outlives it. Throws
// std::runtime_error: the file is empty, compressed, truncated, or of neither format.
[[nodiscard]] std::unique_ptr<FileFormat> open_format(Input& input);

// A file's first four bytes, read already.
using Magic = std::array<std::byte, 4>;

// Each returns nothing where the magic is not that format's. Throw std::runtime_error likewise.
[[nodiscard]] std::unique_ptr<FileFormat> open_pcap(Input& input, const Magic& magic);
[[nodiscard]] std::unique_ptr<FileFormat> open_pcapng(Input& input, const Magic& magic);

}  // namespace rxlab::capture
