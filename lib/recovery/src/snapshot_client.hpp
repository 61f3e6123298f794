// SPDX-License-Identifier: MIT
//
// The client's side of a GLIMPSE snapshot over SoupBinTCP: what to send, what the received bytes
// mean, when the server is dead. It reads no socket and no clock:
//   send(client.login(…)); while (client.loading()) { n = read(fd, client.space());
//   client.received(n, now, on_message); … }
// Ownership: its memory. Allocates only in the constructor. Threading: one thread.
#pragma once

#include <rxlab/wire/glimpse.hpp>
#include <rxlab/wire/moldudp64.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rxlab::recovery {

enum class SnapshotState : std::uint8_t {
    idle,
    logging_in,
    loading,
    complete,         // sequence() says where to join
    rejected,         // the server does not want this user, or not with this password
    no_such_session,  // it does not have the session
    other_session,    // it accepted the login for a session that was not asked for
    broken,  // the bytes make no sense, the stream ended too early, or nothing came for too long
};

// Who logs in, and to what.
struct Login {
    std::string user = "rxlab";  // at most 6 characters
    std::string password;        // at most 10
    std::string session;         // instead of the feed's; empty: that
};

class SnapshotClient {
  public:
    // Longer than any message. It also decides how much is read at a time.
    static constexpr std::size_t kMessageBytesMax = 32'768;

    SnapshotClient() : framer_{kMessageBytesMax} {}

    // Starts anew; returns the bytes of the login to send. A blank session is the one that runs.
    [[nodiscard]] std::span<const std::byte> login(const Login& login,
                                                   const wire::mold::Session& session,
                                                   std::uint64_t now_ns) noexcept;
    // The session that the server has accepted the login for.
    [[nodiscard]] wire::mold::Session session() const noexcept {
        return wire::mold::Session{wire::soup::trimmed(accepted_.padded())};
    }
    // Where received bytes go; not empty while loading().
    [[nodiscard]] std::span<std::byte> space() noexcept { return framer_.space(); }
    // So many bytes were put there; 0: the server closed. Calls `on_message(bytes)` for each
    // message of the snapshot.
    template <typename OnMessage>
    SnapshotState received(std::size_t bytes, std::uint64_t now_ns, OnMessage&& on_message) {
        if (bytes == 0) return end(SnapshotState::broken);
        heartbeats_.heard(now_ns);
        framer_.received(bytes);
        while (loading()) {
            const auto packet = framer_.next();
            if (!packet) break;
            if (packet->type == wire::soup::PacketType::sequenced &&
                state_ == SnapshotState::loading &&
                !wire::glimpse::is_end_of_snapshot(packet->payload)) {
                ++messages_;
                on_message(packet->payload);
            } else {
                take(*packet);
            }
        }
        if (loading() && framer_.status() != wire::soup::FramerStatus::ok)
            return end(SnapshotState::broken);
        return state_;
    }
    // Returns a heartbeat to send where one is due, else nothing; notices a dead server.
    [[nodiscard]] std::span<const std::byte> poll(std::uint64_t now_ns) noexcept;
    [[nodiscard]] std::uint64_t next_ns() const noexcept { return heartbeats_.next_ns(); }
    // To send before closing.
    [[nodiscard]] std::span<const std::byte> logout() noexcept {
        return wire::soup::write(out_, wire::soup::PacketType::logout_request);
    }

    [[nodiscard]] bool loading() const noexcept {
        return state_ == SnapshotState::logging_in || state_ == SnapshotState::loading;
    }
    [[nodiscard]] SnapshotState state() const noexcept { return state_; }
    // The first message of the feed that is not in the snapshot.
    [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
    [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }

  private:
    void take(const wire::soup::Packet& packet) noexcept;
    void take_accepted(const wire::soup::Packet& packet) noexcept;
    SnapshotState end(SnapshotState state) noexcept {
        if (loading()) state_ = state;
        return state_;
    }

    wire::soup::Framer framer_;
    wire::soup::Heartbeats heartbeats_{0};
    SnapshotState state_ = SnapshotState::idle;
    wire::soup::SessionText session_;   // as logged in to
    wire::soup::SessionText accepted_;  // by the server
    std::uint64_t sequence_ = 0;
    std::uint64_t messages_ = 0;
    std::array<std::byte, 64> out_{};
};

// Why there is no snapshot, and what to do about it, in a state that is neither loading() nor
// complete.
[[nodiscard]] std::string_view failure_text(SnapshotState state) noexcept;

}  // namespace rxlab::recovery
