// SPDX-License-Identifier: MIT
#include "feedsim/servers/snapshot_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace rxlab::feedsim {

namespace soup = wire::soup;

SnapshotServer::Connection::Connection(Descriptor socket, std::uint64_t now_ns)
    : socket_{std::move(socket)}, heartbeats_{now_ns} {}

bool SnapshotServer::Connection::run(const SnapshotLogin& login, const Find& find,
                                     SnapshotCounters& counters, std::uint64_t now_ns) {
    return !heartbeats_.is_silent(now_ns) && receive(login, find, counters, now_ns) &&
           send(counters, now_ns);
}

bool SnapshotServer::Connection::receive(const SnapshotLogin& login, const Find& find,
                                         SnapshotCounters& counters, std::uint64_t now_ns) {
    const std::span<std::byte> space = framer_.space();
    const ssize_t bytes = recv(socket_.get(), space.data(), space.size(), 0);
    if (bytes == 0) return false;
    if (bytes < 0) return errno == EAGAIN || errno == EINTR;
    heartbeats_.heard(now_ns);
    framer_.received(static_cast<std::size_t>(bytes));
    while (const auto packet = framer_.next()) {
        if (packet->type == soup::PacketType::logout_request) return false;
        if (packet->type == soup::PacketType::login_request && !is_answered_) {
            log_in(*packet, login, find, counters);
        }
        // Heartbeats need no answer; unsequenced data and debug text mean nothing here.
    }
    return framer_.status() == soup::FramerStatus::ok;
}

void SnapshotServer::Connection::log_in(const soup::Packet& packet, const SnapshotLogin& login,
                                        const Find& find, SnapshotCounters& counters) {
    is_answered_ = true;
    const auto* request = packet.as<soup::LoginRequest>();
    const bool is_admitted = request != nullptr && login.admits(*request);
    // A client that is rejected must not learn which sessions exist.
    SnapshotSource* const source =
        is_admitted ? find(soup::trimmed(request->session.padded())) : nullptr;
    std::array<std::byte, sizeof(soup::PacketHeader) + sizeof(soup::LoginAccepted)> memory;
    std::span<const std::byte> answer;
    if (source == nullptr || !source->is_complete()) {
        const char reason =
            is_admitted ? soup::LoginRejected::kNoSuchSession : soup::LoginRejected::kNotAuthorized;
        answer = soup::write(memory, soup::LoginRejected{reason});
        ++counters.rejected;
        counters.unauthorized += is_admitted ? 0 : 1;
    } else {
        snapshot_ = source->snapshot();
        answer = soup::write(
            memory, soup::LoginAccepted{soup::right_justified<10>(source->session().view()),
                                        soup::to_number_text<20>(1)});
        ++counters.logins;
    }
    greeting_.assign(answer.begin(), answer.end());
}

bool SnapshotServer::Connection::send(SnapshotCounters& counters, std::uint64_t now_ns) {
    if (is_shut_ || !is_answered_) return true;
    if (!send_from(greeting_, greeting_sent_, counters, now_ns)) return false;
    if (greeting_sent_ < greeting_.size()) return true;
    if (snapshot_ != nullptr) {
        if (!send_from(snapshot_->packets, snapshot_sent_, counters, now_ns)) return false;
        if (snapshot_sent_ < snapshot_->packets.size()) return true;
        ++counters.completed;
        counters.messages += snapshot_->messages;
        snapshot_.reset();
    }
    // The client closes the connection when it has read everything; until then it stays.
    is_shut_ = true;
    (void)shutdown(socket_.get(), SHUT_WR);
    return true;
}

// False if the connection is broken.
bool SnapshotServer::Connection::send_from(std::span<const std::byte> all, std::size_t& sent,
                                           SnapshotCounters& counters, std::uint64_t now_ns) {
    constexpr std::size_t kAtOnceMax = 1 << 20;  // so that no client makes the others wait
    std::size_t left = kAtOnceMax;
    while (sent < all.size() && left > 0) {
        const ssize_t bytes = ::send(socket_.get(), all.data() + sent,
                                     std::min(all.size() - sent, left), MSG_NOSIGNAL);
        if (bytes < 0) return errno == EAGAIN || errno == EINTR;
        sent += static_cast<std::size_t>(bytes);
        left -= static_cast<std::size_t>(bytes);
        counters.bytes += static_cast<std::uint64_t>(bytes);
        heartbeats_.sent(now_ns);
    }
    return true;
}

}  // namespace rxlab::feedsim
