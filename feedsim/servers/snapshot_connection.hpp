// SPDX-License-Identifier: MIT
//
// One connection of the snapshot server: login, snapshot, end. Threading: the server's thread.
#pragma once

#include "feedsim/servers/snapshot_server.hpp"

#include <functional>

namespace rxlab::feedsim {

class SnapshotServer::Connection {
  public:
    // Finds the feed of this session, or null.
    using Find = std::function<SnapshotSource*(std::string_view session)>;

    Connection(Descriptor socket, std::uint64_t now_ns);

    // Reads and writes as much as it can without waiting. False when the connection is over.
    [[nodiscard]] bool run(const SnapshotLogin& login, const Find& find, SnapshotCounters& counters,
                           std::uint64_t now_ns);

    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    [[nodiscard]] bool wants_to_write() const noexcept {
        return greeting_sent_ < greeting_.size() ||
               (snapshot_ != nullptr && snapshot_sent_ < snapshot_->packets.size());
    }
    // True if it was neither rejected nor given a whole snapshot.
    [[nodiscard]] bool is_unfinished() const noexcept { return !is_shut_; }

  private:
    [[nodiscard]] bool receive(const SnapshotLogin& login, const Find& find,
                               SnapshotCounters& counters, std::uint64_t now_ns);
    void log_in(const wire::soup::Packet& packet, const SnapshotLogin& login, const Find& find,
                SnapshotCounters& counters);
    [[nodiscard]] bool send(SnapshotCounters& counters, std::uint64_t now_ns);
    [[nodiscard]] bool send_from(std::span<const std::byte> all, std::size_t& sent,
                                 SnapshotCounters& counters, std::uint64_t now_ns);

    static constexpr std::size_t kClientPayloadMax = 256;

    Descriptor socket_;
    wire::soup::Framer framer_{kClientPayloadMax};
    wire::soup::Heartbeats heartbeats_;
    std::vector<std::byte> greeting_;  // the answer to the login
    std::size_t greeting_sent_ = 0;
    std::shared_ptr<const Snapshot> snapshot_;
    std::size_t snapshot_sent_ = 0;
    bool is_answered_ = false;
    bool is_shut_ = false;  // nothing more will be sent
};

}  // namespace rxlab::feedsim
