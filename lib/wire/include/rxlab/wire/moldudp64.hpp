// SPDX-License-Identifier: MIT
//
// MoldUDP64 1.00: the datagrams that carry ITCH over multicast. A downstream packet is a header,
// then `message_count` times a 2-byte length and that many bytes. Messages after the first are
// numbered implicitly. Reading copies nothing; views are valid as long as the datagram's bytes are.
#pragma once

#include <rxlab/wire/byte_order.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace rxlab::wire::mold {

using Session = Text<10>;

// As it is shown: empty where it is all zero bytes; never unprintable, whatever was sent.
[[nodiscard]] std::string printable(const Session& session);

// Also the layout of a request.
struct Header {
    Session session;
    be64 sequence;  // of the first message; in heartbeat and end of session: the next expected one
    be16 message_count;
};
static_assert(sizeof(Header) == 20 && WireStruct<Header>);

inline constexpr std::uint16_t kHeartbeat = 0;
inline constexpr std::uint16_t kEndOfSession = 0xffff;
// Usual limit of the UDP payload: 1500 bytes less the IPv4 and UDP headers.
inline constexpr std::size_t kPayloadBytesMax = 1472;

// Asks a re-request server for messages that are missing: unicast, and so is the answer, an
// ordinary downstream packet, to the port that asked. It holds as many of them as fit into one
// packet; the rest is to be asked for again.
struct Request {
    Session session;
    std::uint64_t sequence = 0;       // of the first message wanted
    std::uint16_t message_count = 0;  // 1 .. 0xfffe
};
[[nodiscard]] inline Header to_wire(const Request& request) noexcept {
    return {request.session, request.sequence, request.message_count};
}
// Nothing unless it is exactly a header and asks for messages.
[[nodiscard]] inline std::optional<Request> parse_request(
    std::span<const std::byte> datagram) noexcept {
    if (datagram.size() != sizeof(Header)) return {};
    const auto& header = overlay<Header>(datagram);
    if (header.message_count == kHeartbeat || header.message_count == kEndOfSession) return {};
    return Request{header.session, header.sequence, header.message_count};
}

enum class Status : std::uint8_t {
    ok,
    truncated_header,   // fewer than 20 bytes
    truncated_message,  // a message's length points beyond the datagram
    trailing_bytes,     // the datagram goes on after the last message
};

// Calls `visitor(std::span<const std::byte> message)` for each of the `count` messages of a data
// packet from number `skip` on (counted from 0). Stops at the first message that is cut short.
// `messages`: what is behind the header.
template <typename Visitor>
Status for_each_message(std::span<const std::byte> messages, std::uint16_t count, Visitor&& visitor,
                        std::size_t skip = 0) noexcept {
    std::span<const std::byte> rest = messages;
    for (std::size_t i = 0; i < count; ++i) {
        if (rest.size() < 2) return Status::truncated_message;
        const std::size_t length = overlay<be16>(rest);
        if (rest.size() - 2 < length) return Status::truncated_message;
        if (i >= skip) visitor(rest.subspan(2, length));
        rest = rest.subspan(2 + length);
    }
    return rest.empty() ? Status::ok : Status::trailing_bytes;
}

// The same for a whole datagram, which holds at least the header. Heartbeats and ends of session
// hold no messages.
template <typename Visitor>
Status for_each_message(std::span<const std::byte> datagram, Visitor&& visitor,
                        std::size_t skip = 0) noexcept {
    const std::uint16_t count = overlay<Header>(datagram).message_count;
    return for_each_message(datagram.subspan(sizeof(Header)), count == kEndOfSession ? 0 : count,
                            std::forward<Visitor>(visitor), skip);
}

// Whether a datagram is a header and exactly as many messages as it says.
[[nodiscard]] inline bool is_complete(std::span<const std::byte> datagram) noexcept {
    return datagram.size() >= sizeof(Header) &&
           for_each_message(datagram, [](std::span<const std::byte>) {}) == Status::ok;
}

// Builds one downstream packet in memory that the caller owns and keeps (at least 20 bytes; more
// than kPayloadBytesMax is not used).
class PacketBuilder {
  public:
    PacketBuilder(std::span<std::byte> memory, const Session& session) noexcept;

    // Starts a packet whose first message has this number.
    void start(std::uint64_t sequence) noexcept;
    // Appends a message (1 .. 65,535 bytes); false, and nothing changed, if it does not fit.
    [[nodiscard]] bool append(std::span<const std::byte> message) noexcept;
    // The packet so far; with no message appended it is a heartbeat.
    [[nodiscard]] std::span<const std::byte> finish() noexcept;
    // A packet that ends the session; `sequence` is one past the last message.
    [[nodiscard]] std::span<const std::byte> end_of_session(std::uint64_t sequence) noexcept;

    [[nodiscard]] std::uint16_t message_count() const noexcept { return count_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return used_; }

  private:
    std::span<std::byte> memory_;
    Session session_;
    std::uint64_t sequence_ = 0;
    std::uint16_t count_ = 0;
    std::size_t used_ = sizeof(Header);
};

}  // namespace rxlab::wire::mold
