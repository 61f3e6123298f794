// SPDX-License-Identifier: MIT
//
// pcapng: https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/. Blocks, each of a type, its
// length, a body, and the length once more. A section says its byte order and describes its
// interfaces, each with a link type, a snap length and a resolution of its own (mergecap makes such
// files of two recorders). libpcap 1.10 refuses a file whose interfaces differ.
#include "file_format.hpp"
#include "link_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace rxlab::capture {
namespace {

constexpr std::uint32_t kSection = 0x0a0d0d0a;  // the same in both byte orders
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kOldPacket = 2;
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kStatistics = 5;
constexpr std::uint32_t kEnhancedPacket = 6;

constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kFrameBytes = 12;  // of a block: its type, its length, its length again
constexpr std::size_t kSectionBytes = kFrameBytes + 16;
constexpr std::size_t kPacketHeaderBytes = 20;  // both kinds, before the data
constexpr std::size_t kOptionsBytesMax = 65'536;

constexpr std::uint16_t kOptionResolution = 9;  // if_tsresol
constexpr std::uint16_t kOptionOffset = 14;     // if_tsoffset
constexpr std::uint16_t kOptionIfDrop = 5;      // isb_ifdrop

// What a unit of an interface's stamps is.
struct Resolution {
    std::uint8_t exponent = 6;
    bool is_binary = false;  // 2^-exponent seconds, else 10^-exponent

    [[nodiscard]] bool is_legal() const noexcept { return exponent <= (is_binary ? 63 : 19); }
    [[nodiscard]] std::uint64_t ns(std::uint64_t stamp, std::uint64_t offset_s) const noexcept {
        std::uint64_t units = 1;  // a second's
        if (is_binary) {
            units <<= exponent;
        } else {
            for (int i = 0; i < exponent; ++i)
                units *= 10;
        }
        const std::uint64_t seconds = stamp / units + offset_s;
        std::uint64_t rest = stamp % units;
        if (is_binary) {
            // 2^-34 s is 58 ps: finer bits say nothing, and rest * 10^9 must fit.
            const int excess = std::max(0, exponent - 34);
            return seconds * kSecond_ns + ((rest >> excess) * kSecond_ns >> (exponent - excess));
        }
        if (units > kSecond_ns) return seconds * kSecond_ns + rest / (units / kSecond_ns);
        return seconds * kSecond_ns + rest * (kSecond_ns / units);
    }
};

struct Interface {
    std::uint32_t link_type = 0;
    std::uint32_t snap_bytes = 0;  // 0: no limit
    Resolution resolution;
    std::uint64_t offset_s = 0;  // two's complement
    std::uint64_t drops = 0;     // as the last statistics say
};

class PcapngFile final : public FileFormat {
  public:
    explicit PcapngFile(Input& input) noexcept : input_{input} {}

    // The block of the section header's type whose type was read already.
    [[nodiscard]] bool begin_section() noexcept;

    Next next(Record& record, std::span<std::byte> memory) noexcept override;
    std::uint64_t recorder_drops() const noexcept override {
        std::uint64_t sum = drops_before_;
        for (const Interface& interface : interfaces_)
            sum += interface.drops;
        return sum;
    }

  private:
    // Of the block that is being read: what is left of its body. Reading is bounded by it.
    [[nodiscard]] bool take(std::span<std::byte> to, const char* what) noexcept;
    // The rest of the body, and the length behind it.
    [[nodiscard]] bool finish_block() noexcept;

    [[nodiscard]] bool read_interface() noexcept;
    [[nodiscard]] bool read_statistics() noexcept;
    [[nodiscard]] bool read_packet(std::uint32_t type, Record& record,
                                   std::span<std::byte> memory) noexcept;
    // The body's rest where it consists of options; false: failed.
    [[nodiscard]] bool read_options() noexcept;
    // Calls visitor(code, value) for each of them.
    template <typename Visitor>
    void for_each_option(Visitor&& visitor) const noexcept;

    Input& input_;
    FileOrder order_;
    std::vector<Interface> interfaces_;  // of this section
    std::uint64_t drops_before_ = 0;     // in earlier sections
    std::uint32_t block_bytes_ = 0;
    std::uint32_t body_left_ = 0;
    std::uint64_t last_time_ns_ = 0;
    std::vector<std::byte> options_;
};

bool PcapngFile::take(std::span<std::byte> to, const char* what) noexcept {
    if (to.size() > body_left_) {
        fail(fmt::format("damaged: a block of {} bytes is too short for {}", block_bytes_, what));
        return false;
    }
    const std::size_t got = input_.read(to);
    if (got != to.size()) {
        truncated(input_, what, to.size(), got);
        return false;
    }
    body_left_ -= static_cast<std::uint32_t>(to.size());
    return true;
}

bool PcapngFile::finish_block() noexcept {
    std::array<std::byte, kLengthBytes> again;
    if (!input_.skip(body_left_) || input_.read(again) != again.size()) {
        truncated(input_, "a block", block_bytes_, block_bytes_ - body_left_ - kLengthBytes);
        if (input_.error() == 0)
            fail(fmt::format("truncated: the file ends within a block of {} bytes", block_bytes_));
        return false;
    }
    body_left_ = 0;
    const auto length = order_.number<std::uint32_t>(again, 0);
    if (length == block_bytes_) return true;
    fail(fmt::format("damaged: a block of {} bytes ends with the length {}", block_bytes_, length));
    return false;
}

bool PcapngFile::begin_section() noexcept {
    std::array<std::byte, 8> head;  // length, byte-order magic
    const std::size_t got = input_.read(head);
    if (got != head.size()) {
        truncated(input_, "a section's header", kSectionBytes, got + kLengthBytes);
        return false;
    }
    order_ = FileOrder{FileOrder{}.number<std::uint32_t>(head, 4) != kByteOrderMagic};
    if (order_.number<std::uint32_t>(head, 4) != kByteOrderMagic) {
        fail("damaged: a section without its byte-order magic");
        return false;
    }
    block_bytes_ = order_.number<std::uint32_t>(head, 0);
    if (block_bytes_ < kSectionBytes || block_bytes_ % 4 != 0) {
        fail(fmt::format("damaged: a section header of {} bytes", block_bytes_));
        return false;
    }
    body_left_ = block_bytes_ - static_cast<std::uint32_t>(kFrameBytes + 4);
    std::array<std::byte, 4> version;
    if (!take(version, "a section's header")) return false;
    const auto major = order_.number<std::uint16_t>(version, 0);
    if (major != 1) {
        fail(fmt::format("pcapng of version {}.{}; version 1 can be read", major,
                         order_.number<std::uint16_t>(version, 2)));
        return false;
    }
    drops_before_ = recorder_drops();
    interfaces_.clear();
    return finish_block();
}

bool PcapngFile::read_options() noexcept {
    if (body_left_ > kOptionsBytesMax) {
        fail(fmt::format("damaged: {} bytes of options", body_left_));
        return false;
    }
    options_.resize(body_left_);
    return take(options_, "its options");
}

template <typename Visitor>
void PcapngFile::for_each_option(Visitor&& visitor) const noexcept {
    std::span<const std::byte> rest{options_};
    while (rest.size() >= 4) {
        const auto code = order_.number<std::uint16_t>(rest, 0);
        const std::size_t bytes = order_.number<std::uint16_t>(rest, 2);
        rest = rest.subspan(4);
        if (code == 0 || bytes > rest.size()) return;
        visitor(code, rest.first(bytes));
        rest = rest.subspan(std::min(rest.size(), (bytes + 3) / 4 * 4));
    }
}

bool PcapngFile::read_interface() noexcept {
    std::array<std::byte, 8> head;  // link type, reserved, snap length
    if (!take(head, "an interface") || !read_options()) return false;
    Interface interface;
    interface.link_type = order_.number<std::uint16_t>(head, 0);
    interface.snap_bytes = order_.number<std::uint32_t>(head, 4);
    for_each_option([&](std::uint16_t code, std::span<const std::byte> value) {
        if (code == kOptionResolution && value.size() == 1) {
            const auto raw = std::to_integer<std::uint8_t>(value[0]);
            interface.resolution = {static_cast<std::uint8_t>(raw & 0x7f), (raw & 0x80) != 0};
        } else if (code == kOptionOffset && value.size() == 8) {
            interface.offset_s = order_.number<std::uint64_t>(value, 0);
        }
    });
    if (!interface.resolution.is_legal()) {
        fail(fmt::format("damaged: interface {} has stamps of {}^-{} s", interfaces_.size(),
                         interface.resolution.is_binary ? 2 : 10, interface.resolution.exponent));
        return false;
    }
    interfaces_.push_back(interface);
    return true;
}

bool PcapngFile::read_statistics() noexcept {
    std::array<std::byte, 12> head;  // interface, stamp
    if (!take(head, "an interface's statistics") || !read_options()) return false;
    const auto index = order_.number<std::uint32_t>(head, 0);
    for_each_option([&](std::uint16_t code, std::span<const std::byte> value) {
        if (code == kOptionIfDrop && value.size() == 8 && index < interfaces_.size())
            interfaces_[index].drops = order_.number<std::uint64_t>(value, 0);
    });
    return true;
}

bool PcapngFile::read_packet(std::uint32_t type, Record& record,
                             std::span<std::byte> memory) noexcept {
    std::array<std::byte, kPacketHeaderBytes> head{};
    const bool is_simple = type == kSimplePacket;
    if (!take(std::span{head}.first(is_simple ? 4 : kPacketHeaderBytes), "a packet")) return false;
    std::size_t index = 0;
    if (type == kEnhancedPacket) index = order_.number<std::uint32_t>(head, 0);
    if (type == kOldPacket) index = order_.number<std::uint16_t>(head, 0);
    if (index >= interfaces_.size()) {
        fail(fmt::format("damaged: a packet of interface {}, which is not described", index));
        return false;
    }
    const Interface& interface = interfaces_[index];
    record.link_type = interface.link_type;
    record.has_time = !is_simple;
    if (is_simple) {
        record.wire_bytes = order_.number<std::uint32_t>(head, 0);
        record.bytes = std::min<std::size_t>(record.wire_bytes, body_left_);
        if (interface.snap_bytes != 0)
            record.bytes = std::min<std::size_t>(record.bytes, interface.snap_bytes);
        record.time_ns = last_time_ns_;
    } else {
        record.bytes = order_.number<std::uint32_t>(head, 12);
        record.wire_bytes = order_.number<std::uint32_t>(head, 16);
        const std::uint64_t high = order_.number<std::uint32_t>(head, 4);
        record.time_ns = last_time_ns_ = interface.resolution.ns(
            high << 32 | order_.number<std::uint32_t>(head, 8), interface.offset_s);
    }
    if (!is_readable(record.link_type)) return finish_block();
    if (record.bytes > kPacketBytesMax) {
        fail(fmt::format("damaged: a frame of {} bytes; at most {} are read", record.bytes,
                         kPacketBytesMax));
        return false;
    }
    return take(memory.first(record.bytes), "a frame") && finish_block();
}

FileFormat::Next PcapngFile::next(Record& record, std::span<std::byte> memory) noexcept {
    for (;;) {
        std::array<std::byte, 4> word;
        const std::size_t got = input_.read(word);
        if (got == 0 && input_.error() == 0) return Next::end;
        if (got != word.size()) return truncated(input_, "a block's header", 8, got);
        const auto type = order_.number<std::uint32_t>(word, 0);
        if (type == kSection) {
            if (!begin_section()) return Next::failed;
            continue;
        }
        const std::size_t more = input_.read(word);
        if (more != word.size()) return truncated(input_, "a block's header", 8, 4 + more);
        block_bytes_ = order_.number<std::uint32_t>(word, 0);
        if (block_bytes_ < kFrameBytes || block_bytes_ % 4 != 0)
            return fail(fmt::format("damaged: a block of {} bytes", block_bytes_));
        body_left_ = block_bytes_ - static_cast<std::uint32_t>(kFrameBytes);
        switch (type) {
            case kEnhancedPacket:
            case kOldPacket:
            case kSimplePacket:
                return read_packet(type, record, memory) ? Next::record : Next::failed;
            case kInterface:
                if (!read_interface()) return Next::failed;
                break;
            case kStatistics:
                if (!read_statistics()) return Next::failed;
                break;
            default:
                break;
        }
        if (!finish_block()) return Next::failed;
    }
}

}  // namespace

std::unique_ptr<FileFormat> open_pcapng(Input& input, const Magic& magic) {
    if (FileOrder{}.number<std::uint32_t>(magic, 0) != kSection) return nullptr;
    auto file = std::make_unique<PcapngFile>(input);
    if (!file->begin_section()) throw std::runtime_error(file->failure());
    return file;
}

}  // namespace rxlab::capture
