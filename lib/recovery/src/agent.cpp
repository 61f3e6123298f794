// SPDX-License-Identifier: MIT
#include "agent_snapshot.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/socket_address.hpp>

#include <pthread.h>
#include <sys/socket.h>

#include <cerrno>

namespace rxlab::recovery {
namespace {

constexpr std::size_t kRequests = 1'024;
constexpr std::size_t kWishes = 64;      // of each feed; the next comes only when one was answered
constexpr std::size_t kAnswers = 1'024;  // 9 MiB
// From one server in one turn, so that nothing waits for one that sends and sends.
constexpr int kAnswersAtOnce = 256;

program::Descriptor socket_to(const wire::Ipv4Endpoint& server) {
    program::Descriptor fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (fd.get() < 0 || connect_to(fd.get(), server) != 0) {
        throw program::RunError(errno, "open a socket to " + wire::to_string(server),
                                "see `ip route get` for the way to it");
    }
    // A gap's answers come at once: more than the default may hold.
    const int bytes = 1 << 20;
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return fd;
}

}  // namespace

int connect_to(int socket, const wire::Ipv4Endpoint& endpoint) noexcept {
    const sockaddr_in address = wire::to_sockaddr(endpoint);
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Agent::Agent(const rx::Options& options, const AgentTimes& times)
    : options_{options},
      times_{times},
      requests_{kRequests},
      wishes_{kWishes * options.groups.size()},
      wish_of_(options.groups.size()),
      answers_{kAnswers} {
    for (std::size_t feed = 0; feed < options.groups.size(); ++feed) {
        if (!options.recover_servers.empty())
            sockets_.push_back(socket_to(rx::server_of(options.recover_servers, feed)));
        if (!options.snapshot_servers.empty())
            snapshots_.push_back(std::make_unique<Snapshot>(*this, feed));
    }
}

Agent::~Agent() = default;  // the thread ends first

void Agent::start(std::span<const unsigned> receiver_cpus) {
    thread_.start(program::cpus_beside(receiver_cpus), [this] { run(); });
}

bool Agent::place(SpscRing<Task>& ring, const Task& task) noexcept {
    Task* const slot = ring.back();
    if (slot == nullptr) {
        ++counters_.tasks_dropped;
        return false;
    }
    *slot = task;
    ring.push();
    thread_.wake();
    return true;
}

book::Book& Agent::spare_book(std::size_t feed) noexcept {
    return snapshots_[feed]->book();
}

const std::string& Agent::snapshot_failure(std::size_t feed) const noexcept {
    return snapshots_[feed]->failure();
}

void Agent::send(const Task& request) noexcept {
    const wire::mold::Header header =
        wire::mold::to_wire({request.session, request.request.sequence, request.request.messages});
    const int fd = sockets_[request.feed].get();
    // The first call may only tell of an earlier error (ECONNREFUSED: nobody listens there).
    for (int i = 0; i < 2; ++i)
        if (::send(fd, &header, sizeof header, MSG_NOSIGNAL) == sizeof header) return;
    ++counters_.send_errors;
}

// Takes what has come into the ring.
void Agent::receive_answers() noexcept {
    for (std::size_t feed = 0; feed < sockets_.size(); ++feed) {
        for (int i = 0; i < kAnswersAtOnce; ++i) {
            Answer* const answer = answers_.back();
            std::byte none{};
            const std::span<std::byte> room =
                answer != nullptr ? std::span{answer->memory} : std::span{&none, 1};
            const ssize_t bytes = recv(sockets_[feed].get(), room.data(), room.size(), MSG_TRUNC);
            if (bytes < 0) {
                if (errno == ECONNREFUSED) continue;  // told once for each request
                break;
            }
            if (answer == nullptr) {
                ++counters_.answers_dropped;
            } else if (static_cast<std::size_t>(bytes) > room.size()) {
                ++counters_.too_long;
            } else {
                answer->kind = Answer::Kind::packet;
                answer->feed = feed;
                answer->bytes = static_cast<std::size_t>(bytes);
                answers_.push();
            }
        }
    }
}

void Agent::run() noexcept {
    pthread_setname_np(pthread_self(), "rx-recovery");
    std::vector<pollfd> list;
    while (!thread_.stopping()) {
        std::uint64_t due_ns = kNever;
        list.assign(1, {thread_.descriptor(), POLLIN, 0});
        for (const program::Descriptor& each : sockets_)
            list.push_back({each.get(), POLLIN, 0});
        for (const auto& snapshot : snapshots_) {
            list.push_back(snapshot->watched());
            due_ns = std::min(due_ns, snapshot->due_ns());
        }
        const std::uint64_t left_ns = due_ns - std::min(due_ns, agent_now_ns());
        const auto wait_ms = static_cast<int>(std::min<std::uint64_t>(left_ns / 1'000'000, 999));
        static_cast<void>(::poll(list.data(), list.size(), wait_ms + 1));
        const std::uint64_t now_ns = agent_now_ns();
        thread_.calm();
        for (; requests_.front() != nullptr; requests_.pop())
            send(*requests_.front());
        for (; wishes_.front() != nullptr; wishes_.pop())
            snapshots_[wishes_.front()->feed]->begin(*wishes_.front(), now_ns);
        receive_answers();
        for (const auto& snapshot : snapshots_)
            snapshot->poll(now_ns);
    }
}

}  // namespace rxlab::recovery
