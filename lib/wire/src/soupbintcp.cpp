// SPDX-License-Identifier: MIT
#include <rxlab/wire/soupbintcp.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rxlab::wire::soup {

namespace {

constexpr std::size_t kLengthBytes = sizeof(be16);

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::optional<std::uint64_t> parse_number_text(std::string_view text) noexcept {
    const std::string_view digits = trimmed(text);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return value;
}

Framer::Framer(std::size_t payload_bytes_max)
    // Room for two: packets are moved to the front only where one does not fit behind the others.
    : memory_(2 * (sizeof(PacketHeader) + std::min(payload_bytes_max, kPayloadBytesMax))),
      packet_bytes_max_{memory_.size() / 2} {}

std::span<std::byte> Framer::space() noexcept {
    if (status_ != FramerStatus::ok) return {};
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (memory_.size() - begin_ < packet_bytes_max_) {
        std::memmove(memory_.data(), memory_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    return std::span{memory_}.subspan(end_);
}

void Framer::received(std::size_t bytes) noexcept {
    end_ += std::min(bytes, memory_.size() - end_);
}

std::optional<Packet> Framer::next() noexcept {
    const std::span<const std::byte> waiting{memory_.data() + begin_, end_ - begin_};
    if (status_ != FramerStatus::ok || waiting.size() < kLengthBytes) return std::nullopt;
    const std::size_t length = overlay<be16>(waiting);
    if (length == 0) {
        status_ = FramerStatus::empty_packet;
        return std::nullopt;
    }
    const std::size_t bytes = kLengthBytes + length;
    if (bytes > packet_bytes_max_) {
        status_ = FramerStatus::too_long;
        return std::nullopt;
    }
    if (waiting.size() < bytes) return std::nullopt;
    begin_ += bytes;
    return Packet{PacketType{overlay<PacketHeader>(waiting).type.front()},
                  waiting.subspan(sizeof(PacketHeader), length - sizeof(Char))};
}

void Framer::reset() noexcept {
    begin_ = end_ = 0;
    status_ = FramerStatus::ok;
}

std::span<const std::byte> write(std::span<std::byte> memory, PacketType type,
                                 std::span<const std::byte> payload) noexcept {
    const std::size_t bytes = sizeof(PacketHeader) + payload.size();
    if (payload.size() > kPayloadBytesMax || memory.size() < bytes) return {};
    const PacketHeader header{static_cast<std::uint16_t>(sizeof(Char) + payload.size()),
                              static_cast<char>(type)};
    std::memcpy(memory.data(), &header, sizeof header);
    if (!payload.empty()) {
        std::memcpy(memory.data() + sizeof header, payload.data(), payload.size());
    }
    return memory.first(bytes);
}

}  // namespace rxlab::wire::soup
