// SPDX-License-Identifier: MIT
#include "sockets.hpp"

#include <rxlab/program/errors.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

namespace rxlab::recovery {
namespace {

// How long a TCP connection may take to come about.
constexpr std::uint64_t kConnect_ns = 2'000'000'000;
// Of one turn: requests must not wait until a long snapshot is read, nor anything for a server that
// sends and sends.
constexpr int kReads = 16;
constexpr int kAnswersAtOnce = 256;

sockaddr_in to_socket_address(const wire::Ipv4Endpoint& endpoint) noexcept {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    address.sin_addr.s_addr = htonl(endpoint.address);
    return address;
}

int connect_to(int socket, const wire::Ipv4Endpoint& endpoint) noexcept {
    const sockaddr_in address = to_socket_address(endpoint);
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

std::string words(int error) {
    return std::generic_category().message(error);
}

}  // namespace

std::uint64_t agent_now_ns() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

Agent::Requests::Requests(const rx::Options& options, AgentCounters& counters)
    : counters_{counters} {
    for (std::size_t feed = 0; feed < options.groups.size(); ++feed) {
        const wire::Ipv4Endpoint& server = rx::server_of(options.recover_servers, feed);
        program::Descriptor fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (fd.get() < 0 || connect_to(fd.get(), server) != 0) {
            throw program::RunError(errno, "open a socket to " + wire::to_string(server),
                                    "see `ip route get` for the way to it");
        }
        // A gap's answers come at once: more than the default may hold.
        const int bytes = 1 << 20;
        setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        sockets_.push_back(std::move(fd));
    }
}

void Agent::Requests::send(const Task& task) noexcept {
    const wire::mold::Header header =
        wire::mold::to_wire({task.session, task.request.sequence, task.request.messages});
    const int fd = sockets_[task.feed].get();
    // The first call may only tell of an earlier error (ECONNREFUSED: nobody listens there).
    for (int i = 0; i < 2; ++i) {
        if (::send(fd, &header, sizeof header, MSG_NOSIGNAL) == sizeof header) return;
    }
    ++counters_.send_errors;
}

void Agent::Requests::watch(std::vector<pollfd>& list) const {
    for (const program::Descriptor& each : sockets_)
        list.push_back({each.get(), POLLIN, 0});
}

void Agent::Requests::receive(SpscRing<Answer>& answers) noexcept {
    for (std::size_t feed = 0; feed < sockets_.size(); ++feed) {
        for (int i = 0; i < kAnswersAtOnce; ++i) {
            Answer* const answer = answers.back();
            std::byte none{};
            std::byte* const memory = answer != nullptr ? answer->memory.data() : &none;
            const std::size_t room = answer != nullptr ? answer->memory.size() : 1;
            const ssize_t bytes = recv(sockets_[feed].get(), memory, room, MSG_TRUNC);
            if (bytes < 0) {
                if (errno == ECONNREFUSED) continue;  // told once for each request
                break;
            }
            if (answer == nullptr) {
                ++counters_.answers_dropped;
            } else if (static_cast<std::size_t>(bytes) > room) {
                ++counters_.too_long;
            } else {
                answer->kind = Answer::Kind::packet;
                answer->feed = static_cast<std::uint32_t>(feed);
                answer->bytes = static_cast<std::size_t>(bytes);
                answers.push();
            }
        }
    }
}

Agent::Snapshot::Snapshot(std::uint32_t feed, const wire::Ipv4Endpoint& server, const Login& login,
                          const book::BookLimits& limits, const AgentTimes& times,
                          std::unique_ptr<book::Book>& spare, AgentCounters& counters)
    : feed_{feed},
      server_{server},
      login_{login},
      limits_{limits},
      times_{times},
      spare_{spare},
      counters_{counters} {}

void Agent::Snapshot::begin(const wire::mold::Session& session, std::uint32_t wish,
                            std::uint64_t now_ns) noexcept {
    // A wish while another is being served (a new session has begun): that one is of no use.
    socket_ = program::Descriptor{};
    session_ = session;
    wish_ = wish;
    state_ = State::waiting;
    // The first at once; a second after a pause, so that a loss in every packet does not become a
    // snapshot for every packet.
    due_ns_ = attempts_ == 0 ? now_ns : std::max(now_ns, started_ns_ + times_.snapshot_pause_ns);
    attempts_ = 0;
}

void Agent::Snapshot::watch(std::vector<pollfd>& list) const {
    if (state_ == State::connecting) list.push_back({socket_.get(), POLLOUT, 0});
    if (state_ == State::loading) list.push_back({socket_.get(), POLLIN, 0});
}

std::uint64_t Agent::Snapshot::due_ns() const noexcept {
    switch (state_) {
        case State::waiting:
            return due_ns_;
        case State::connecting:
            return started_ns_ + kConnect_ns;
        case State::loading:
            return std::min(client_.next_ns(), started_ns_ + times_.snapshot_load_ns_max);
        case State::complete:  // the ring was full
        case State::given_up:
            return 0;
        case State::idle:
            break;
    }
    return kNever;
}

void Agent::Snapshot::poll(std::uint64_t now_ns, SpscRing<Answer>& answers) {
    now_ns_ = now_ns;
    if (state_ == State::waiting && now_ns >= due_ns_) connect();
    if (state_ == State::connecting) on_connecting();
    if (state_ == State::loading) read();
    if (state_ == State::complete || state_ == State::given_up) report(answers);
}

void Agent::Snapshot::connect() {
    ++attempts_;
    ++counters_.snapshot_attempts;
    started_ns_ = now_ns_;
    state_ = State::connecting;
    if (!make_room()) return failed("no memory for a book");
    socket_ = program::Descriptor{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (socket_.get() < 0) return failed("open a socket: " + words(errno));
    const int on = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect_to(socket_.get(), server_) != 0 && errno != EINPROGRESS) {
        failed("connect: " + words(errno));
    }
}

// A fresh book; the old one goes first, so that there are never three.
bool Agent::Snapshot::make_room() noexcept {
    try {
        if (spare_is_used_) spare_.reset();
        if (!spare_) spare_ = std::make_unique<book::Book>(limits_);
        spare_is_used_ = true;
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

void Agent::Snapshot::on_connecting() {
    pollfd state{socket_.get(), POLLOUT, 0};
    if (::poll(&state, 1, 0) == 0) {
        if (now_ns_ >= started_ns_ + kConnect_ns) failed("connect: no answer");
        return;
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return failed("connect: " + words(error));
    state_ = State::loading;
    if (!send(client_.login(login_, session_, now_ns_))) {
        failed("send the login: " + words(errno));
    }
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
            return failed("read: " + words(errno));
        }
        client_.received(static_cast<std::size_t>(bytes), now_ns_,
                         [this](std::span<const std::byte> message) { spare_->apply(message); });
    }
    const std::span<const std::byte> heartbeat = client_.poll(now_ns_);
    if (!heartbeat.empty() && !send(heartbeat)) {
        return failed("send a heartbeat: " + words(errno));
    }
    if (client_.loading()) {
        if (now_ns_ < started_ns_ + times_.snapshot_load_ns_max) return;
        return failed("not complete after " +
                      std::to_string(times_.snapshot_load_ns_max / 1'000'000) + " ms");
    }
    if (client_.state() != SnapshotState::complete) {
        return failed(std::string{failure_text(client_.state())});
    }
    static_cast<void>(send(client_.logout()));
    socket_ = program::Descriptor{};
    load_ns_ = agent_now_ns() - started_ns_;
    state_ = State::complete;
    failure_.clear();
}

void Agent::Snapshot::failed(const std::string& reason) {
    ++counters_.snapshot_failures;
    failure_ = reason;
    socket_ = program::Descriptor{};
    state_ = attempts_ < kSnapshotAttempts ? State::waiting : State::given_up;
    due_ns_ = now_ns_ + times_.snapshot_pause_ns;
}

void Agent::Snapshot::report(SpscRing<Answer>& answers) noexcept {
    Answer* const answer = answers.back();
    if (answer == nullptr) return;  // full: again soon
    answer->kind = state_ == State::complete ? Answer::Kind::snapshot : Answer::Kind::no_snapshot;
    answer->feed = feed_;
    // With a session of its own in the login, the operator has said that both are one.
    answer->session = login_.session.empty() ? client_.session() : session_;
    answer->wish = wish_;
    answer->sequence = client_.sequence();
    answer->messages = client_.messages();
    answer->load_ns = load_ns_;
    answers.push();
    state_ = State::idle;
}

}  // namespace rxlab::recovery
