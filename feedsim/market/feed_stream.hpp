// SPDX-License-Identifier: MIT
//
// Packs the messages of a source into MoldUDP64 packets, numbers them, and ends when the source
// ends or a bound is reached. A packet holds as many messages as were asked for, as far as they fit
// into 1,472 bytes; a message that does not fit starts the next packet. Ownership: owns its source;
// a packet's bytes are the stream's and valid until the next call. Threading: belongs to one
// thread. next() does not allocate.
#pragma once

#include "feedsim/market/message_source.hpp"
#include "feedsim/market/packet_stream.hpp"
#include "feedsim/market/random.hpp"

#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace rxlab::feedsim {

inline constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

struct StreamOptions {
    wire::mold::Session session;
    std::uint64_t first_sequence = 1;
    std::uint32_t messages_per_packet = 1;  // 1 .. kMessagesPerPacketMax
    // Draws each packet's number of messages instead (schedule.hpp, draw_open_messages()).
    std::optional<Random> market_open = {};
    std::uint64_t packets_max = kUnbounded;
    std::uint64_t messages_max = kUnbounded;
};

// How many of the shortest messages (12 bytes and their length) fit into 1,472 bytes.
inline constexpr std::uint32_t kMessagesPerPacketMax =
    (wire::mold::kPayloadBytesMax - sizeof(wire::mold::Header)) / (12 + 2);

class FeedStream final : public PacketStream {
  public:
    FeedStream(std::unique_ptr<MessageSource> source, const StreamOptions& options) noexcept;

    [[nodiscard]] FeedPacket next(std::optional<std::uint64_t> stamp_ns) noexcept override;
    [[nodiscard]] const wire::mold::Session& session() const noexcept override {
        return options_.session;
    }
    [[nodiscard]] std::uint64_t first_sequence() const noexcept override {
        return options_.first_sequence;
    }
    [[nodiscard]] std::string failure() const override;

  private:
    [[nodiscard]] std::span<const std::byte> next_message() noexcept;
    [[nodiscard]] std::uint32_t draw_messages() noexcept;
    void stamp(std::size_t message_bytes, std::uint64_t stamp_ns) noexcept;

    std::unique_ptr<MessageSource> source_;
    StreamOptions options_;
    std::array<std::byte, wire::mold::kPayloadBytesMax> memory_{};
    wire::mold::PacketBuilder builder_;
    std::span<const std::byte> waiting_;  // taken from the source, not yet in a packet
    std::uint64_t next_sequence_;
    std::uint64_t packets_ = 0;
    bool message_too_long_ = false;
};

}  // namespace rxlab::feedsim
