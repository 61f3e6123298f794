// SPDX-License-Identifier: MIT
//
// SoupBinTCP 3.00: messages over a byte stream (TCP), with login and heartbeats; both ends. A
// packet is a 2-byte length, which counts what follows, a type, and a payload. A Framer finds the
// packets in bytes as they arrive, in memory of a fixed size; write() makes packets to send;
// Heartbeats says when one is due and when the other end has gone. Nothing here reads a socket or a
// clock. Numbers and session names in logins are ASCII, right-justified behind spaces (section 2 of
// the specification); user names and passwords are left-justified. Ownership: a Framer owns its
// memory; packets view it. Threading: each belongs to one thread.
#pragma once

#include <rxlab/wire/byte_order.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace rxlab::wire::soup {

enum class PacketType : char {
    debug = '+',          // text for people; either end
    login_request = 'L',  // client
    unsequenced = 'U',    // client: a message that is not numbered
    client_heartbeat = 'R',
    logout_request = 'O',  // client
    login_accepted = 'A',  // server
    login_rejected = 'J',  // server; it then closes
    sequenced = 'S',       // server: the next numbered message
    server_heartbeat = 'H',
    end_of_session = 'Z',  // server: no more messages; it then closes
};

// "     12345": digits behind spaces.
template <std::size_t N>
[[nodiscard]] Text<N> to_number_text(std::uint64_t value) noexcept {
    char digits[N];
    std::size_t begin = N;
    do {
        digits[--begin] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0 && begin > 0);
    while (begin > 0)
        digits[--begin] = ' ';
    return Text<N>{std::string_view{digits, N}};
}
// Nothing unless it is digits, with spaces before or behind them, and fits into 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_number_text(std::string_view text) noexcept;

// Without the spaces before and behind it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
// `text` (cut at N characters) behind spaces.
template <std::size_t N>
[[nodiscard]] Text<N> right_justified(std::string_view text) noexcept {
    char characters[N];
    text = text.substr(0, N);
    for (std::size_t i = 0; i < N; ++i)
        characters[i] = i < N - text.size() ? ' ' : text[i - (N - text.size())];
    return Text<N>{std::string_view{characters, N}};
}

using SessionText = Text<10>;
using SequenceText = Text<20>;

// Payloads of fixed length.
struct LoginRequest {
    static constexpr PacketType kType = PacketType::login_request;
    Text<6> user;
    Text<10> password;
    SessionText session;    // blank: the one that is running
    SequenceText sequence;  // of the first message wanted; 0: the next new one
};
static_assert(sizeof(LoginRequest) == 46 && WireStruct<LoginRequest>);

struct LoginAccepted {
    static constexpr PacketType kType = PacketType::login_accepted;
    SessionText session;
    SequenceText sequence;  // of the next sequenced message
};
static_assert(sizeof(LoginAccepted) == 30 && WireStruct<LoginAccepted>);

struct LoginRejected {
    static constexpr PacketType kType = PacketType::login_rejected;
    static constexpr char kNotAuthorized = 'A';
    static constexpr char kNoSuchSession = 'S';
    Char reason;
};
static_assert(sizeof(LoginRejected) == 1 && WireStruct<LoginRejected>);

struct PacketHeader {
    be16 length;  // of type and payload
    Char type;
};
static_assert(sizeof(PacketHeader) == 3 && WireStruct<PacketHeader>);

// What a 2-byte length can say, less the type.
inline constexpr std::size_t kPayloadBytesMax = 0xffff - 1;

struct Packet {
    PacketType type;  // may be a value that the specification does not know: skip those
    std::span<const std::byte> payload;

    // The payload as T, or null where the packet is of another type or length.
    template <WireStruct T>
    [[nodiscard]] const T* as() const noexcept {
        return type == T::kType && payload.size() == sizeof(T) ? &overlay<T>(payload) : nullptr;
    }
};

enum class FramerStatus : std::uint8_t {
    ok,
    empty_packet,  // a length of 0: not even a type
    too_long,      // a packet longer than this end takes
};

// Packets out of a byte stream:
//   read(descriptor, framer.space()) … framer.received(bytes); while (auto p = framer.next()) …
class Framer {
  public:
    // Takes packets with at most so many bytes of payload (up to kPayloadBytesMax). Allocates here
    // and never again.
    explicit Framer(std::size_t payload_bytes_max);

    // Where the next bytes go; not empty once next() has returned nothing, unless status() is not
    // ok. Ends the life of earlier packets.
    [[nodiscard]] std::span<std::byte> space() noexcept;
    // So many bytes were put at the front of what space() returned.
    void received(std::size_t bytes) noexcept;
    // The next complete packet; its payload is valid until space() is called.
    [[nodiscard]] std::optional<Packet> next() noexcept;

    // Once it is not ok it stays so: where the next packet begins is not known any more.
    [[nodiscard]] FramerStatus status() const noexcept { return status_; }
    // Bytes of a packet that is not complete: a stream that ends with some was cut.
    [[nodiscard]] std::size_t pending_bytes() const noexcept { return end_ - begin_; }
    // Forgets everything, for a new connection.
    void reset() noexcept;

  private:
    std::vector<std::byte> memory_;
    std::size_t packet_bytes_max_;
    std::size_t begin_ = 0;  // of the first packet that was not taken
    std::size_t end_ = 0;    // of the bytes received
    FramerStatus status_ = FramerStatus::ok;
};

// Writes a packet to the front of `memory`; returns its bytes, none where it does not fit or the
// payload is longer than kPayloadBytesMax.
[[nodiscard]] std::span<const std::byte> write(std::span<std::byte> memory, PacketType type,
                                               std::span<const std::byte> payload = {}) noexcept;
template <WireStruct T>
[[nodiscard]] std::span<const std::byte> write(std::span<std::byte> memory,
                                               const T& payload) noexcept {
    return write(memory, T::kType, bytes_of(payload));
}

// Times of one end of a connection, in nanoseconds of any clock (section 1.2: heartbeats in both
// directions where nothing else was sent for a second; an end that hears nothing for long enough
// may take the connection for dead).
class Heartbeats {
  public:
    static constexpr std::uint64_t kInterval_ns = 1'000'000'000;
    static constexpr std::uint64_t kSilenceMax_ns = 15'000'000'000;

    explicit Heartbeats(std::uint64_t now_ns) noexcept : sent_ns_{now_ns}, heard_ns_{now_ns} {}

    void sent(std::uint64_t now_ns) noexcept { sent_ns_ = now_ns; }
    void heard(std::uint64_t now_ns) noexcept { heard_ns_ = now_ns; }
    [[nodiscard]] bool is_due(std::uint64_t now_ns) const noexcept {
        return now_ns >= sent_ns_ + kInterval_ns;
    }
    [[nodiscard]] bool is_silent(std::uint64_t now_ns) const noexcept {
        return now_ns >= heard_ns_ + kSilenceMax_ns;
    }
    // When one of the two becomes true, if nothing happens before.
    [[nodiscard]] std::uint64_t next_ns() const noexcept {
        const std::uint64_t due_ns = sent_ns_ + kInterval_ns;
        const std::uint64_t dead_ns = heard_ns_ + kSilenceMax_ns;
        return due_ns < dead_ns ? due_ns : dead_ns;
    }

  private:
    std::uint64_t sent_ns_;
    std::uint64_t heard_ns_;
};

}  // namespace rxlab::wire::soup
