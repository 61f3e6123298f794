// SPDX-License-Identifier: MIT
#include "feedsim/servers/message_store.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace rxlab::feedsim {

namespace {

// Slot::sequence is 0 if there is no message, so numbers are stored plus one.
constexpr std::uint64_t tag(std::uint64_t sequence) noexcept {
    return sequence + 1;
}

}  // namespace

MessageStore::MessageStore(const wire::mold::Session& session, std::uint64_t first_sequence,
                           std::uint64_t messages)
    : session_{session},
      first_{first_sequence},
      mask_{std::bit_ceil(std::clamp<std::uint64_t>(messages, 1, kMessagesMax)) - 1},
      slots_{std::make_unique<Slot[]>(mask_ + 1)},
      next_{first_sequence} {}

void MessageStore::put(std::uint64_t sequence, std::span<const std::byte> message) noexcept {
    Slot& place = slot(sequence);
    place.sequence.store(0, std::memory_order_relaxed);
    if (message.size() > kMessageBytesMax) return;
    Memory memory{};
    const wire::be16 length{static_cast<std::uint16_t>(message.size())};
    std::memcpy(memory.data(), &length, sizeof length);
    std::memcpy(memory.data() + sizeof length, message.data(), message.size());
    const auto words = std::bit_cast<std::array<std::uint64_t, kWords>>(memory);
    // Release: a reader that sees a new word also sees, at its second look, that the old message is
    // gone.
    for (std::size_t i = 0; i < kWords; ++i)
        place.words[i].store(words[i], std::memory_order_release);
    place.sequence.store(tag(sequence), std::memory_order_release);
}

void MessageStore::append(const FeedPacket& packet) noexcept {
    std::uint64_t sequence = packet.sequence;
    (void)wire::mold::for_each_message(
        packet.payload, [&](std::span<const std::byte> message) { put(sequence++, message); });
}

std::uint64_t MessageStore::oldest_sequence() const noexcept {
    const std::uint64_t next = next_sequence();
    return next - first_ > mask_ ? next - mask_ - 1 : first_;
}

std::span<const std::byte> MessageStore::read(std::uint64_t sequence,
                                              Memory& memory) const noexcept {
    if (sequence < first_ || sequence >= next_sequence()) return {};
    const Slot& place = slot(sequence);
    if (place.sequence.load(std::memory_order_acquire) != tag(sequence)) return {};
    std::array<std::uint64_t, kWords> words;
    // Acquire: the second look at the number comes after these reads.
    for (std::size_t i = 0; i < kWords; ++i)
        words[i] = place.words[i].load(std::memory_order_acquire);
    if (place.sequence.load(std::memory_order_relaxed) != tag(sequence)) return {};
    memory = std::bit_cast<Memory>(words);
    const std::size_t length = wire::overlay<wire::be16>(memory);
    return std::span{memory}.subspan(sizeof(wire::be16), length);
}

}  // namespace rxlab::feedsim
