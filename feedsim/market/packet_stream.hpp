// SPDX-License-Identifier: MIT
//
// The packets of a feed, one after the other: packed from messages (FeedStream) or as they were
// recorded (RecordedStream).
// Threading: a stream belongs to one thread.
#pragma once

#include <rxlab/wire/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace rxlab::feedsim {

struct FeedPacket {
    std::span<const std::byte> payload;  // empty: the feed is over
    std::uint64_t sequence = 0;
    std::uint32_t messages = 0;
    std::uint64_t next_sequence = 0;  // the number that a heartbeat after this packet announces
};

class PacketStream {
  public:
    PacketStream() = default;
    PacketStream(const PacketStream&) = delete;
    PacketStream& operator=(const PacketStream&) = delete;
    virtual ~PacketStream() = default;

    // The next packet; its bytes belong to the stream and are valid until the next call. With
    // `stamp_ns`, every message's timestamp becomes this time (nanoseconds since midnight).
    [[nodiscard]] virtual FeedPacket next(std::optional<std::uint64_t> stamp_ns) noexcept = 0;

    // The session of the packet that was sent last, which is the one before next()'s latest.
    [[nodiscard]] virtual const wire::mold::Session& session() const noexcept = 0;
    [[nodiscard]] virtual std::uint64_t first_sequence() const noexcept = 0;
    // One line that says why the feed ended too early; empty if it did not.
    [[nodiscard]] virtual std::string failure() const = 0;
};

}  // namespace rxlab::feedsim
