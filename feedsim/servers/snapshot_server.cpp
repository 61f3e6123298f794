// SPDX-License-Identifier: MIT
#include "feedsim/servers/snapshot_server.hpp"

#include "feedsim/servers/snapshot_connection.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/glimpse.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace rxlab::feedsim {

namespace soup = wire::soup;

namespace {

// How often it follows the feeds and checks silent clients. At a million messages a second, this is
// 5,000 messages, a fraction of any sensible store.
constexpr int kFollow_ms = 5;

void append(std::vector<std::byte>& to, soup::PacketType type,
            std::span<const std::byte> payload = {}) {
    const std::size_t begin = to.size();
    to.resize(begin + sizeof(soup::PacketHeader) + payload.size());
    (void)soup::write(std::span{to}.subspan(begin), type, payload);
}

}  // namespace

bool SnapshotLogin::admits(const soup::LoginRequest& request) const noexcept {
    const auto equal = [](std::string_view a, std::string_view b) {
        constexpr auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        };
        return std::ranges::equal(a, b, {}, lower, lower);
    };
    return (user.empty() || equal(request.user.view(), user)) &&
           (!password || equal(request.password.view(), *password));
}

void SnapshotSource::follow() {
    MessageStore::Memory memory;
    const std::uint64_t end = store_.next_sequence();
    while (is_complete_ && next_ < end) {
        const std::span<const std::byte> message = store_.read(next_, memory);
        is_complete_ = !message.empty();
        if (!is_complete_) return;
        state_.apply(message);
        ++next_;
    }
}

std::shared_ptr<const Snapshot> SnapshotSource::snapshot() {
    if (auto last = last_.lock(); last != nullptr && last->next_sequence == next_) return last;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->next_sequence = next_;
    snapshot->packets.reserve(state_.live_orders() *
                              (sizeof(soup::PacketHeader) + sizeof(wire::itch::AddOrderMpid)));
    state_.for_each_message([&](std::span<const std::byte> message) {
        append(snapshot->packets, soup::PacketType::sequenced, message);
        ++snapshot->messages;
    });
    append(snapshot->packets, soup::PacketType::sequenced,
           wire::bytes_of(wire::glimpse::end_of_snapshot(next_)));
    ++snapshot->messages;
    append(snapshot->packets, soup::PacketType::end_of_session);
    last_ = snapshot;
    return snapshot;
}

SnapshotServer::SnapshotServer(const wire::Ipv4Endpoint& address,
                               const std::vector<const MessageStore*>& stores,
                               const ServerCpus& cpus, SnapshotLogin login)
    : login_{std::move(login)},
      sources_{[&] {
          std::vector<SnapshotSource> sources;
          for (const MessageStore* store : stores)
              sources.emplace_back(*store);
          return sources;
      }()},
      socket_{bind_socket(SOCK_STREAM, address, "--snapshot")},
      address_{bound_address(socket_)} {
    thread_.start(cpus.set, [this] { serve(); });
}

SnapshotServer::~SnapshotServer() {
    stop();
}

bool SnapshotServer::is_complete() const noexcept {
    return std::all_of(sources_.begin(), sources_.end(),
                       [](const SnapshotSource& source) { return source.is_complete(); });
}

SnapshotSource* SnapshotServer::find(std::string_view session) noexcept {
    if (session.empty() && !sources_.empty()) return &sources_.front();
    const auto found =
        std::find_if(sources_.begin(), sources_.end(), [&](const SnapshotSource& source) {
            return soup::trimmed(source.session().padded()) == session;
        });
    return found == sources_.end() ? nullptr : &*found;
}

void SnapshotServer::follow() {
    for (SnapshotSource& source : sources_)
        source.follow();
}

void SnapshotServer::serve() {
    std::vector<pollfd> waiting;
    for (;;) {
        waiting.assign({{thread_.descriptor(), POLLIN, 0}, {socket_.get(), POLLIN, 0}});
        for (const Connection& connection : connections_) {
            const int events = connection.wants_to_write() ? POLLIN | POLLOUT : POLLIN;
            waiting.push_back({connection.descriptor(), static_cast<short>(events), 0});
        }
        if (poll(waiting.data(), waiting.size(), kFollow_ms) < 0 && errno != EINTR) return;
        if (waiting[0].revents != 0) break;
        follow();  // before any login is answered, so that nothing sent by then is missing
        const std::uint64_t now_ns = monotonic_ns();
        for (auto connection = connections_.begin(); connection != connections_.end();) {
            const bool goes_on = connection->run(
                login_, [this](std::string_view session) { return find(session); }, counters_,
                now_ns);
            if (!goes_on && connection->is_unfinished()) ++counters_.abandoned;
            connection = goes_on ? std::next(connection) : connections_.erase(connection);
        }
        if (waiting[1].revents != 0) accept_waiting();
    }
    counters_.abandoned += static_cast<std::uint64_t>(
        std::count_if(connections_.begin(), connections_.end(),
                      [](const Connection& connection) { return connection.is_unfinished(); }));
}

void SnapshotServer::accept_waiting() {
    Descriptor socket{accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (socket.get() < 0) return;
    if (connections_.size() >= kClientsMax) {
        ++counters_.refused;
        return;
    }
    connections_.emplace_back(std::move(socket), monotonic_ns());
}

}  // namespace rxlab::feedsim
