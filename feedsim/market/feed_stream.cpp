// SPDX-License-Identifier: MIT
#include "feedsim/market/feed_stream.hpp"

#include "feedsim/market/schedule.hpp"

#include <rxlab/wire/itch.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <utility>

namespace rxlab::feedsim {

FeedStream::FeedStream(std::unique_ptr<MessageSource> source, const StreamOptions& options) noexcept
    : source_{std::move(source)},
      options_{options},
      builder_{memory_, options.session},
      next_sequence_{options.first_sequence} {}

std::span<const std::byte> FeedStream::next_message() noexcept {
    if (waiting_.empty() && next_sequence_ - options_.first_sequence < options_.messages_max) {
        waiting_ = source_->next();
    }
    return waiting_;
}

void FeedStream::stamp(std::size_t message_bytes, std::uint64_t stamp_ns) noexcept {
    if (message_bytes < sizeof(wire::itch::MessageHeader)) return;  // not an ITCH message
    const wire::be48 timestamp{stamp_ns};
    std::memcpy(memory_.data() + builder_.bytes() - message_bytes +
                    offsetof(wire::itch::MessageHeader, timestamp),
                &timestamp, sizeof timestamp);
}

std::uint32_t FeedStream::draw_messages() noexcept {
    return options_.market_open ? draw_open_messages(*options_.market_open)
                                : options_.messages_per_packet;
}

FeedPacket FeedStream::next(std::optional<std::uint64_t> stamp_ns) noexcept {
    if (packets_ == options_.packets_max || message_too_long_) return {};
    const std::uint64_t sequence = next_sequence_;
    builder_.start(sequence);
    const std::uint32_t messages = draw_messages();
    while (builder_.message_count() < messages) {
        const std::span<const std::byte> message = next_message();
        if (message.empty() || !builder_.append(message)) break;
        if (stamp_ns) stamp(message.size(), *stamp_ns);
        ++next_sequence_;
        waiting_ = {};
    }
    if (builder_.message_count() == 0) {
        message_too_long_ = !waiting_.empty();
        return {};
    }
    ++packets_;
    return {builder_.finish(), sequence, builder_.message_count(), next_sequence_};
}

std::string FeedStream::failure() const {
    if (message_too_long_) {
        return fmt::format("pack message {}: its {} bytes do not fit into a packet of {}",
                           next_sequence_ - options_.first_sequence + 1, waiting_.size(),
                           wire::mold::kPayloadBytesMax);
    }
    return source_->failure();
}

}  // namespace rxlab::feedsim
