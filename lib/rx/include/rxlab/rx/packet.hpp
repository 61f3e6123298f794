// SPDX-License-Identifier: MIT
//
// A packet off the short way: what its header says, and how much of that its bytes hold.
#pragma once

#include <rxlab/rx/packet_hold.hpp>
#include <rxlab/rx/sequencer.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <cstdint>
#include <span>

namespace rxlab::rx {

struct Packet {
    // `payload` holds at least a header.
    Packet(std::span<const std::byte> bytes, const Arrival& how) noexcept
        : payload{bytes}, arrival{how}, promised{end_of(header())} {
        std::uint64_t whole = 0;
        status = wire::mold::for_each_message(payload,
                                              [&whole](std::span<const std::byte>) { ++whole; });
        begin = header().sequence;
        end = std::min(begin + std::min(whole, kNever - begin), promised);
    }

    [[nodiscard]] const wire::mold::Header& header() const noexcept {
        return wire::overlay<wire::mold::Header>(payload);
    }
    [[nodiscard]] bool is_heartbeat() const noexcept {
        return header().message_count == wire::mold::kHeartbeat;
    }
    [[nodiscard]] bool is_end() const noexcept {
        return header().message_count == wire::mold::kEndOfSession;
    }
    [[nodiscard]] bool is_data() const noexcept { return !is_heartbeat() && !is_end(); }

    std::span<const std::byte> payload;
    Arrival arrival;
    std::uint64_t promised;  // one past its last message, by its header
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  // one past the last message that can be read
    wire::mold::Status status = wire::mold::Status::ok;
};

}  // namespace rxlab::rx
