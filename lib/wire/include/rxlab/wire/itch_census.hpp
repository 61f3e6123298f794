// SPDX-License-Identifier: MIT
//
// Whether the messages of a file are ITCH 5.0. Length-prefixed files look alike whatever is in
// them: other ITCH versions, or packets of a protocol around the messages. Threading: a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rxlab::wire {

struct ItchCensus {
    std::uint64_t messages = 0;
    std::uint64_t longer = 0;   // than the specification says: fields were added at the end
    std::uint64_t shorter = 0;  // than the specification says
    std::uint64_t unknown = 0;  // of no type of ITCH 5.0
    // A SoupBinTCP packet (section 2 of its specification: a type before the message) around a
    // message of exactly its length; or one that carries none (heartbeat, login, end).
    std::uint64_t soup_packets = 0;
    std::uint64_t soup_others = 0;

    void count(std::span<const std::byte> message) noexcept;

    // Neither longer nor any of the other kinds.
    [[nodiscard]] std::uint64_t exact() const noexcept {
        return messages - longer - shorter - unknown - soup_packets - soup_others;
    }
    // More than half are ITCH 5.0, those with added fields included.
    [[nodiscard]] bool is_itch() const noexcept { return 2 * (exact() + longer) > messages; }

    // What is not as it should be, in one line; empty where every message is exactly ITCH 5.0.
    // "31 of 31 messages are SoupBinTCP packets: …"
    [[nodiscard]] std::string complaint() const;
};

}  // namespace rxlab::wire
