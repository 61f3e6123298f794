// SPDX-License-Identifier: MIT
#include <rxlab/wire/moldudp64.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

namespace rxlab::wire::mold {

namespace {

constexpr std::size_t kLengthBytes = sizeof(be16);

}  // namespace

std::string printable(const Session& session) {
    std::string text{session.view()};
    for (char& c : text) {
        if (c != '\0' && (c < ' ' || c > '~')) c = '?';
    }
    return text.starts_with('\0') ? std::string{} : text;
}

PacketBuilder::PacketBuilder(std::span<std::byte> memory, const Session& session) noexcept
    : memory_{memory.first(std::min(memory.size(), kPayloadBytesMax))}, session_{session} {
    assert(memory.size() >= sizeof(Header));
}

void PacketBuilder::start(std::uint64_t sequence) noexcept {
    sequence_ = sequence;
    count_ = 0;
    used_ = sizeof(Header);
}

bool PacketBuilder::append(std::span<const std::byte> message) noexcept {
    // A message of length 0 would be the end mark of a length-prefixed file.
    if (message.empty() || message.size() > std::numeric_limits<std::uint16_t>::max()) return false;
    if (memory_.size() - used_ < kLengthBytes + message.size()) return false;
    const be16 length{static_cast<std::uint16_t>(message.size())};
    std::memcpy(memory_.data() + used_, &length, kLengthBytes);
    std::memcpy(memory_.data() + used_ + kLengthBytes, message.data(), message.size());
    used_ += kLengthBytes + message.size();
    ++count_;
    return true;
}

std::span<const std::byte> PacketBuilder::finish() noexcept {
    // The count cannot reach kEndOfSession: kPayloadBytesMax holds fewer than 500 messages.
    static_assert((kPayloadBytesMax - sizeof(Header)) / (kLengthBytes + 1) < kEndOfSession);
    const Header header{session_, sequence_, count_};
    std::memcpy(memory_.data(), &header, sizeof(header));
    return memory_.first(used_);
}

std::span<const std::byte> PacketBuilder::end_of_session(std::uint64_t sequence) noexcept {
    start(sequence);
    const Header header{session_, sequence, kEndOfSession};
    std::memcpy(memory_.data(), &header, sizeof(header));
    return memory_.first(used_);
}

}  // namespace rxlab::wire::mold
