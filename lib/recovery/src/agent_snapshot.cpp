// SPDX-License-Identifier: MIT
#include "agent_snapshot.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>

namespace rxlab::recovery {
namespace {

// How long a TCP connection may take to come about.
constexpr std::uint64_t kConnect_ns = 2'000'000'000;
// Of one turn: requests must not wait until a long snapshot is read, nor anything for a server that
// sends and sends.
constexpr int kReads = 16;

std::string words(const char* operation, int error = errno) {
    return std::string{operation} + ": " + std::generic_category().message(error);
}

}  // namespace

// A wish while another is being served (a new session has begun): that one is of no use.
void Agent::Snapshot::begin(const Task& wish, std::uint64_t now_ns) noexcept {
    socket_ = program::Descriptor{};
    wish_ = wish;
    attempts_ = 0;
    // After a pause, so that a loss in every packet does not become a snapshot for every packet.
    go_to(State::waiting, std::max(now_ns, started_ns_ + agent_.times_.snapshot_pause_ns));
}

void Agent::Snapshot::poll(std::uint64_t now_ns) {
    now_ns_ = now_ns;
    if (state_ == State::waiting && now_ns >= due_ns_) connect();
    if (state_ == State::connecting) on_connecting();
    if (state_ == State::loading) read();
    if (state_ == State::complete || state_ == State::given_up) report();
}

// The old one goes first, so that there are never three.
void Agent::Snapshot::make_book() {
    book_.reset();
    book_ = std::make_unique<book::Book>(
        book::BookLimits{.orders = agent_.options_.orders, .levels = agent_.options_.levels});
}

void Agent::Snapshot::connect() {
    ++attempts_;
    ++agent_.counters_.snapshot_attempts;
    started_ns_ = now_ns_;
    go_to(State::connecting, now_ns_ + kConnect_ns);
    try {
        if (is_used_) make_book();
        is_used_ = true;
    } catch (const std::exception&) {
        return failed("no memory for a book");
    }
    socket_ = program::Descriptor{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (socket_.get() < 0) return failed(words("open a socket"));
    const int on = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const wire::Ipv4Endpoint& server = rx::server_of(agent_.options_.snapshot_servers, feed_);
    if (connect_to(socket_.get(), server) != 0 && errno != EINPROGRESS) failed(words("connect"));
}

void Agent::Snapshot::on_connecting() {
    pollfd state = watched();
    if (::poll(&state, 1, 0) == 0) {
        if (now_ns_ >= due_ns_) failed("connect: no answer");
        return;
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return failed(words("connect", error));
    go_to(State::loading, started_ns_ + agent_.times_.snapshot_load_ns_max);
    const rx::Options& options = agent_.options_;
    const Login login{options.snapshot_user, options.snapshot_password, options.snapshot_session};
    if (!send(client_.login(login, wish_.session, now_ns_))) failed(words("send the login"));
}

// The few bytes that a client sends always fit into an empty send buffer.
bool Agent::Snapshot::send(std::span<const std::byte> bytes) {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
}

void Agent::Snapshot::read() {
    for (int i = 0; i < kReads && client_.loading(); ++i) {
        const std::span<std::byte> space = client_.space();
        const ssize_t bytes = recv(socket_.get(), space.data(), space.size(), 0);
        if (bytes < 0) {
            if (errno == EAGAIN || errno == EINTR) break;
            return failed(words("read"));
        }
        client_.received(static_cast<std::size_t>(bytes), now_ns_,
                         [this](std::span<const std::byte> message) { book_->apply(message); });
    }
    const std::span<const std::byte> heartbeat = client_.poll(now_ns_);
    if (!heartbeat.empty() && !send(heartbeat)) return failed(words("send a heartbeat"));
    if (client_.loading()) {
        if (now_ns_ >= due_ns_)
            failed("not complete after " +
                   std::to_string(agent_.times_.snapshot_load_ns_max / 1'000'000) + " ms");
        return;
    }
    if (client_.state() != SnapshotState::complete)
        return failed(std::string{failure_text(client_.state())});
    static_cast<void>(send(client_.logout()));
    socket_ = program::Descriptor{};
    load_ns_ = agent_now_ns() - started_ns_;
    go_to(State::complete, 0);
    failure_.clear();
}

void Agent::Snapshot::failed(const std::string& reason) {
    ++agent_.counters_.snapshot_failures;
    failure_ = reason;
    socket_ = program::Descriptor{};
    if (attempts_ == kSnapshotAttempts) return go_to(State::given_up, 0);
    go_to(State::waiting, now_ns_ + agent_.times_.snapshot_pause_ns);
}

void Agent::Snapshot::report() noexcept {
    Answer* const answer = agent_.answers_.back();
    if (answer == nullptr) return;  // full: again soon
    answer->kind = state_ == State::complete ? Answer::Kind::snapshot : Answer::Kind::no_snapshot;
    answer->feed = feed_;
    // With a session of its own in the login, the operator has said that both are one.
    answer->session = agent_.options_.snapshot_session.empty() ? client_.session() : wish_.session;
    answer->wish = wish_.wish;
    answer->sequence = client_.sequence();
    answer->messages = client_.messages();
    answer->load_ns = load_ns_;
    agent_.answers_.push();
    go_to(State::idle, kNever);
}

}  // namespace rxlab::recovery
