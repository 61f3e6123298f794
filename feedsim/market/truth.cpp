// SPDX-License-Identifier: MIT
#include "feedsim/market/truth.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

namespace rxlab::feedsim {

namespace mold = wire::mold;

namespace {

constexpr std::uint64_t kBetweenLooks = 4'096;

const mold::Header& header_of(const Recording& recording, const RecordedPacket& packet) {
    return wire::overlay<mold::Header>(recording.payload(packet));
}

// The packets of the last packet's session, sorted by the number of their first message.
std::vector<const RecordedPacket*> last_session(const Recording& recording,
                                                std::span<const RecordedPacket> packets) {
    std::vector<const RecordedPacket*> result;
    if (packets.empty()) return result;
    const mold::Session session = header_of(recording, packets.back()).session;
    bool is_left = false;
    for (const RecordedPacket& packet : packets) {
        if (header_of(recording, packet).session != session) {
            is_left = !result.empty();
            continue;
        }
        if (is_left) {
            throw program::RunError(fmt::format(
                "session {} comes back after another: its book is ambiguous", session.view()));
        }
        result.push_back(&packet);
    }
    std::stable_sort(result.begin(), result.end(),
                     [&](const RecordedPacket* a, const RecordedPacket* b) {
                         return header_of(recording, *a).sequence.get() <
                                header_of(recording, *b).sequence.get();
                     });
    return result;
}

}  // namespace

std::optional<BookState> book_of(MessageSource& source, std::uint64_t messages,
                                 const GiveUp& give_up) {
    ReferenceBook book;
    for (std::uint64_t i = 0; i < messages; ++i) {
        if (i % kBetweenLooks == 0 && give_up()) return std::nullopt;
        const std::span<const std::byte> message = source.next();
        if (message.empty()) {
            throw program::RunError(fmt::format(
                "{} messages were sent, but their source now has only {}", messages, i));
        }
        book.apply(message);
    }
    return book.state();
}

std::optional<BookState> book_of(const Recording& recording, std::size_t feed,
                                 std::uint64_t packets, const GiveUp& give_up) {
    ReferenceBook book;
    const std::span<const RecordedPacket> all = recording.packets(feed);
    const auto sent = all.first(std::min<std::uint64_t>(packets, all.size()));
    std::uint64_t next_sequence = 0, looked = 0;
    for (const RecordedPacket* packet : last_session(recording, sent)) {
        if (looked++ % kBetweenLooks == 0 && give_up()) return std::nullopt;
        const mold::Header& header = header_of(recording, *packet);
        const std::uint64_t first = header.sequence, end = first + header.message_count;
        if (end <= next_sequence) continue;
        const std::uint64_t skip = next_sequence > first ? next_sequence - first : 0;
        // A packet that was cut short is applied as far as it goes, as receivers do.
        std::vector<std::span<const std::byte>> messages;
        (void)mold::for_each_message(
            recording.payload(*packet),
            [&](std::span<const std::byte> message) { messages.push_back(message); }, skip);
        for (const std::span<const std::byte> message : messages)
            book.apply(message);
        next_sequence = end;
    }
    return book.state();
}

}  // namespace rxlab::feedsim
