// SPDX-License-Identifier: MIT
//
// pcap: https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/. A header, then records, all in
// the byte order of who wrote it.
#include "file_format.hpp"
#include "link_type.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace rxlab::capture {
namespace {

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
// Of a patched libpcap of the 1990s that libpcap still reads: each record's header is longer.
constexpr std::uint32_t kPatched = 0xa1b2cd34;
constexpr std::size_t kHeaderBytes = 24;  // with the magic
constexpr std::size_t kRecordBytes = 16;
constexpr std::size_t kPatchedRecordBytes = 24;
constexpr std::uint32_t kLinkTypeMask = 0x03ff'ffff;  // above it: whether frames end in an FCS

class PcapFile final : public FileFormat {
  public:
    PcapFile(Input& input, FileOrder order, std::uint32_t magic, std::uint32_t link_type) noexcept
        : input_{input},
          order_{order},
          unit_ns_{magic == kNanoseconds ? 1U : 1'000U},
          record_bytes_{magic == kPatched ? kPatchedRecordBytes : kRecordBytes},
          link_type_{link_type} {}

    Next next(Record& record, std::span<std::byte> memory) noexcept override {
        std::array<std::byte, kPatchedRecordBytes> header;
        const auto head = std::span{header}.first(record_bytes_);
        const std::size_t got = input_.read(head);
        if (got == 0 && input_.error() == 0) return Next::end;
        if (got != head.size()) return truncated(input_, "a frame's header", head.size(), got);
        const auto bytes = order_.number<std::uint32_t>(header, 8);
        if (bytes > kPacketBytesMax) {
            return fail(fmt::format("damaged: a frame of {} bytes; at most {} are read", bytes,
                                    kPacketBytesMax));
        }
        record.link_type = link_type_;
        record.bytes = bytes;
        record.wire_bytes = order_.number<std::uint32_t>(header, 12);
        record.time_ns = order_.number<std::uint32_t>(header, 0) * kSecond_ns +
                         std::uint64_t{order_.number<std::uint32_t>(header, 4)} * unit_ns_;
        record.has_time = true;
        const std::size_t read = input_.read(memory.first(bytes));
        if (read != bytes) return truncated(input_, "a frame", bytes, read);
        return Next::record;
    }

  private:
    Input& input_;
    FileOrder order_;
    std::uint32_t unit_ns_;
    std::size_t record_bytes_;
    std::uint32_t link_type_;
};

}  // namespace

std::unique_ptr<FileFormat> open_pcap(Input& input, const Magic& magic) {
    for (const bool is_swapped : {false, true}) {
        const FileOrder order{is_swapped};
        const auto number = order.number<std::uint32_t>(magic, 0);
        if (number != kMicroseconds && number != kNanoseconds && number != kPatched) continue;
        std::array<std::byte, kHeaderBytes - sizeof(Magic)> header;
        const std::size_t got = input.read(header);
        if (got != header.size()) {
            throw std::runtime_error(fmt::format("truncated: the header of {} bytes has {}",
                                                 kHeaderBytes, got + sizeof(Magic)));
        }
        // 2.4 is the version of 1998 and the last; before 2.3 the lengths stood the other way
        // round.
        const auto major = order.number<std::uint16_t>(header, 0);
        const auto minor = order.number<std::uint16_t>(header, 2);
        if (major != 2 || minor < 3) {
            throw std::runtime_error(
                fmt::format("pcap of version {}.{}; 2.3 and 2.4 can be read", major, minor));
        }
        const std::uint32_t link_type = order.number<std::uint32_t>(header, 16) & kLinkTypeMask;
        if (!is_readable(link_type)) {
            throw std::runtime_error(fmt::format("link type {}; {} can be read",
                                                 link_type_name(link_type), kReadableLinkTypes));
        }
        return std::make_unique<PcapFile>(input, order, number, link_type);
    }
    return nullptr;
}

}  // namespace rxlab::capture
