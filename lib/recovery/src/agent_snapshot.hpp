// SPDX-License-Identifier: MIT
//
// One feed's snapshots, over TCP from its server: the agent's wishes, one at a time.
// Threading: the agent's thread.
#pragma once

#include "agent.hpp"
#include "snapshot_client.hpp"

#include <rxlab/latency/clock.hpp>
#include <rxlab/program/descriptor.hpp>

#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

namespace rxlab::recovery {

// In nanoseconds.
[[nodiscard]] inline std::uint64_t agent_now_ns() noexcept {
    return latency::Clock{latency::ClockSource::monotonic_raw}.now();
}

[[nodiscard]] int connect_to(int socket, const wire::Ipv4Endpoint& endpoint) noexcept;

class Agent::Snapshot {
  public:
    Snapshot(Agent& agent, std::size_t feed) : agent_{agent}, feed_{feed} { make_book(); }

    void begin(const Task& wish, std::uint64_t now_ns) noexcept;
    // What is waited for; nothing where there is no connection.
    [[nodiscard]] pollfd watched() const noexcept {
        return {socket_.get(), static_cast<short>(state_ == State::connecting ? POLLOUT : POLLIN),
                0};
    }
    // When poll() has something to do; kNever where it has not.
    [[nodiscard]] std::uint64_t due_ns() const noexcept {
        return state_ == State::loading ? std::min(due_ns_, client_.next_ns()) : due_ns_;
    }
    // Connects, reads, sends heartbeats, gives up.
    void poll(std::uint64_t now_ns);
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
    [[nodiscard]] book::Book& book() noexcept { return *book_; }

  private:
    enum class State : std::uint8_t { idle, waiting, connecting, loading, complete, given_up };

    void go_to(State state, std::uint64_t due_ns) noexcept {
        state_ = state;
        due_ns_ = due_ns;
    }
    void make_book();
    void connect();
    void on_connecting();
    void read();
    [[nodiscard]] bool send(std::span<const std::byte> bytes);
    void failed(const std::string& reason);
    void report() noexcept;

    Agent& agent_;
    std::size_t feed_;
    std::uint64_t now_ns_ = 0;  // as poll() was told
    std::unique_ptr<book::Book> book_;
    bool is_used_ = false;  // the book
    SnapshotClient client_;
    Task wish_;
    State state_ = State::idle;
    std::uint64_t due_ns_ = kNever;  // of the state: when it begins, or has lasted for too long
    program::Descriptor socket_;
    std::uint32_t attempts_ = 0;
    std::uint64_t started_ns_ = 0;  // of this connection
    std::uint64_t load_ns_ = 0;
    std::string failure_;
};

}  // namespace rxlab::recovery
