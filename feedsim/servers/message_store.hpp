// SPDX-License-Identifier: MIT
//
// The last messages of one feed, for receivers that missed some: a ring with one cache line per
// message. Ownership: owns its memory, allocated and touched at the start. Threading: one thread
// appends and publishes; any others read meanwhile. Nobody waits: a reader notices when a message
// is overwritten while it reads it (a sequence lock in each slot; every access is atomic).
#pragma once

#include "feedsim/market/feed_stream.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace rxlab::feedsim {

class MessageStore {
  public:
    // ITCH 5.0 messages have at most 50 bytes; longer ones are not kept.
    static constexpr std::size_t kMessageBytesMax = 54;
    static constexpr std::uint64_t kMessagesMax = std::uint64_t{1} << 28;

    // Keeps at least the last `messages` (1 .. kMessagesMax) of the feed.
    MessageStore(const wire::mold::Session& session, std::uint64_t first_sequence,
                 std::uint64_t messages);

    // Takes a data packet that is about to be sent. It can be read once it is published, but
    // replaces the oldest messages at once.
    void append(const FeedPacket& packet) noexcept;
    // Says that all messages before this one were sent.
    void publish(std::uint64_t next_sequence) noexcept {
        next_.store(next_sequence, std::memory_order_release);
    }

    [[nodiscard]] const wire::mold::Session& session() const noexcept { return session_; }
    [[nodiscard]] std::uint64_t first_sequence() const noexcept { return first_; }
    // One past the last message that was sent.
    [[nodiscard]] std::uint64_t next_sequence() const noexcept {
        return next_.load(std::memory_order_acquire);
    }
    // The number of the oldest message that may still be there.
    [[nodiscard]] std::uint64_t oldest_sequence() const noexcept;

    // Copies the message with this number; empty if it is not there, or not any more.
    using Memory = std::array<std::byte, kMessageBytesMax + 2>;
    [[nodiscard]] std::span<const std::byte> read(std::uint64_t sequence,
                                                  Memory& memory) const noexcept;

  private:
    static constexpr std::size_t kWords = sizeof(Memory) / sizeof(std::uint64_t);
    struct alignas(64) Slot {
        std::atomic<std::uint64_t> sequence{0};  // its message's; 0: none, or being written
        std::array<std::atomic<std::uint64_t>, kWords> words{};  // 2 bytes of length, the message
    };
    static_assert(sizeof(Slot) == 64 && kWords * sizeof(std::uint64_t) == sizeof(Memory));

    [[nodiscard]] Slot& slot(std::uint64_t sequence) const noexcept {
        return slots_[sequence & mask_];
    }
    void put(std::uint64_t sequence, std::span<const std::byte> message) noexcept;

    wire::mold::Session session_;
    std::uint64_t first_;
    std::uint64_t mask_;
    std::unique_ptr<Slot[]> slots_;
    std::atomic<std::uint64_t> next_;
};

}  // namespace rxlab::feedsim
