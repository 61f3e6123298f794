// SPDX-License-Identifier: MIT
//
// The recovery agent's two kinds of sockets: UDP to re-request servers, TCP to snapshot servers.
// Threading: the agent's thread.
#pragma once

#include <rxlab/book/book.hpp>
#include <rxlab/program/descriptor.hpp>
#include <rxlab/recovery/agent.hpp>
#include <rxlab/recovery/snapshot_client.hpp>

#include <poll.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rxlab::recovery {

// Monotonic, in nanoseconds.
[[nodiscard]] std::uint64_t agent_now_ns() noexcept;

// One connected socket a feed: what arrives on it is about that feed, and from its server.
class Agent::Requests {
  public:
    Requests(const rx::Options& options, AgentCounters& counters);

    void send(const Task& task) noexcept;
    void watch(std::vector<pollfd>& list) const;
    // Takes what has come into the ring.
    void receive(SpscRing<Answer>& answers) noexcept;

  private:
    AgentCounters& counters_;
    std::vector<program::Descriptor> sockets_;  // index: feed
};

class Agent::Snapshot {
  public:
    Snapshot(std::uint32_t feed, const wire::Ipv4Endpoint& server, const Login& login,
             const book::BookLimits& limits, const AgentTimes& times,
             std::unique_ptr<book::Book>& spare, AgentCounters& counters);

    void begin(const wire::mold::Session& session, std::uint32_t wish,
               std::uint64_t now_ns) noexcept;
    void watch(std::vector<pollfd>& list) const;
    // When poll() has something to do; kNever where it has not.
    [[nodiscard]] std::uint64_t due_ns() const noexcept;
    // Connects, reads, sends heartbeats, gives up.
    void poll(std::uint64_t now_ns, SpscRing<Answer>& answers);
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  private:
    void connect();
    [[nodiscard]] bool make_room() noexcept;
    void on_connecting();
    void read();
    [[nodiscard]] bool send(std::span<const std::byte> bytes);
    void failed(const std::string& reason);
    void report(SpscRing<Answer>& answers) noexcept;

    enum class State : std::uint8_t { idle, waiting, connecting, loading, complete, given_up };

    std::uint32_t feed_;
    wire::Ipv4Endpoint server_;
    Login login_;
    book::BookLimits limits_;
    AgentTimes times_;
    std::unique_ptr<book::Book>& spare_;
    AgentCounters& counters_;
    std::uint64_t now_ns_ = 0;  // as poll() was told
    bool spare_is_used_ = false;
    SnapshotClient client_;
    wire::mold::Session session_;
    std::uint32_t wish_ = 0;
    State state_ = State::idle;
    program::Descriptor socket_;
    std::uint32_t attempts_ = 0;
    std::uint64_t due_ns_ = 0;      // state waiting
    std::uint64_t started_ns_ = 0;  // of this connection
    std::uint64_t load_ns_ = 0;
    std::string failure_;
};

}  // namespace rxlab::recovery
