// SPDX-License-Identifier: MIT
#include "snapshot_client.hpp"

namespace rxlab::recovery {

namespace soup = wire::soup;

std::string_view failure_text(SnapshotState state) noexcept {
    switch (state) {
        case SnapshotState::rejected:
            return "the server rejects the login; check --snapshot-user and "
                   "--snapshot-password-file (or RXLAB_SNAPSHOT_PASSWORD)";
        case SnapshotState::no_such_session:
            return "the server does not have the session; check --snapshot, or name one it has "
                   "with --snapshot-session";
        case SnapshotState::other_session:
            return "the server speaks for another session";
        default:
            return "broken";
    }
}

std::span<const std::byte> SnapshotClient::login(const Login& login,
                                                 const wire::mold::Session& session,
                                                 std::uint64_t now_ns) noexcept {
    framer_.reset();
    heartbeats_ = soup::Heartbeats{now_ns};
    state_ = SnapshotState::logging_in;
    sequence_ = 0;
    messages_ = 0;
    session_ = soup::right_justified<10>(login.session.empty() ? session.view()
                                                               : std::string_view{login.session});
    const soup::LoginRequest request{std::string_view{login.user}, std::string_view{login.password},
                                     session_, soup::to_number_text<20>(1)};
    return soup::write(out_, request);
}

// Another session's book must not be joined with this session's feed.
void SnapshotClient::take_accepted(const soup::Packet& packet) noexcept {
    const auto* accepted = packet.as<soup::LoginAccepted>();
    if (accepted == nullptr) {
        end(SnapshotState::broken);
    } else if (const auto wanted = soup::trimmed(session_.padded());
               !wanted.empty() && soup::trimmed(accepted->session.padded()) != wanted) {
        end(SnapshotState::other_session);
    } else {
        accepted_ = accepted->session;
        state_ = SnapshotState::loading;
    }
}

// Of other types there are heartbeats, text for people, and what a later version may add.
void SnapshotClient::take(const soup::Packet& packet) noexcept {
    if (packet.type == soup::PacketType::login_accepted) {
        if (state_ == SnapshotState::logging_in) take_accepted(packet);
    } else if (packet.type == soup::PacketType::login_rejected) {
        const auto* rejected = packet.as<soup::LoginRejected>();
        const bool is_session =
            rejected != nullptr && rejected->reason == soup::LoginRejected::kNoSuchSession;
        end(is_session ? SnapshotState::no_such_session : SnapshotState::rejected);
    } else if (packet.type == soup::PacketType::sequenced) {
        const auto sequence = state_ == SnapshotState::loading
                                  ? wire::glimpse::join_sequence(packet.payload)
                                  : std::nullopt;
        sequence_ = sequence.value_or(0);
        end(sequence ? SnapshotState::complete : SnapshotState::broken);
    } else if (packet.type == soup::PacketType::end_of_session) {
        end(SnapshotState::broken);
    }
}

std::span<const std::byte> SnapshotClient::poll(std::uint64_t now_ns) noexcept {
    if (heartbeats_.is_silent(now_ns)) end(SnapshotState::broken);
    if (!loading() || !heartbeats_.is_due(now_ns)) return {};
    heartbeats_.sent(now_ns);
    return soup::write(out_, soup::PacketType::client_heartbeat);
}

}  // namespace rxlab::recovery
