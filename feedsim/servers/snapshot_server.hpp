// SPDX-License-Identifier: MIT
//
// Snapshots for late joiners: GLIMPSE over SoupBinTCP. A thread of its own follows the feeds
// through their stores, and so knows their state without touching the send loop. A client logs in
// and names a feed's MoldUDP64 session (or none: the first feed). It gets that state as messages
// and the sequence number to join at, then the end of the session. Any user name and password will
// do, unless the server was given some; then it rejects others. Each client's snapshot is of one
// moment, and clients of the same moment share its memory. Ownership: the stores belong to the
// caller and outlive the server. Threading: SnapshotSource belongs to one thread; its owner makes
// and stops a SnapshotServer and asks it for counters.
#pragma once

#include "feedsim/servers/feed_state.hpp"
#include "feedsim/servers/message_store.hpp"
#include "feedsim/servers/server_thread.hpp"

#include <rxlab/wire/address.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::feedsim {

struct SnapshotCounters {
    std::uint64_t logins = 0;        // accepted
    std::uint64_t rejected = 0;      // all others
    std::uint64_t unauthorized = 0;  // of these, with a wrong user name or password, or no login
    std::uint64_t refused = 0;       // clients beyond those that can be served at a time
    std::uint64_t completed = 0;     // snapshots that were sent to the end
    std::uint64_t abandoned = 0;     // connections that ended otherwise
    std::uint64_t messages = 0;      // in completed snapshots, including the end of snapshot
    std::uint64_t bytes = 0;         // sent
};

// What a login must say. By SoupBinTCP (section 2.2.2), user name and password are padded on the
// right and do not distinguish upper and lower case.
struct SnapshotLogin {
    std::string user = {};                     // empty: any
    std::optional<std::string> password = {};  // none: any

    [[nodiscard]] bool admits(const wire::soup::LoginRequest& request) const noexcept;
};

// SoupBinTCP packets that are ready to send: the messages, the end of snapshot, the end of session.
struct Snapshot {
    std::vector<std::byte> packets;
    std::uint64_t messages = 0;
    std::uint64_t next_sequence = 0;  // where to join
};

// One feed's state, as far as it has been followed.
class SnapshotSource {
  public:
    explicit SnapshotSource(const MessageStore& store) noexcept
        : store_{store}, next_{store.first_sequence()} {}

    // Applies what was sent since the last call.
    void follow();
    // False once messages were overwritten before this saw them: the store is too small.
    [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
    // The state after follow().
    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot();

    [[nodiscard]] const wire::mold::Session& session() const noexcept { return store_.session(); }
    [[nodiscard]] const FeedState& state() const noexcept { return state_; }

  private:
    const MessageStore& store_;
    std::uint64_t next_;
    bool is_complete_ = true;
    FeedState state_;
    std::weak_ptr<const Snapshot> last_;
};

class SnapshotServer {
  public:
    static constexpr std::size_t kClientsMax = 8;

    // Listens on `address` and serves from now on. Throws program::RunError.
    SnapshotServer(const wire::Ipv4Endpoint& address,
                   const std::vector<const MessageStore*>& stores, const ServerCpus& cpus,
                   SnapshotLogin login = {});
    ~SnapshotServer();

    // Ends the thread; the counters are complete then.
    void stop() { thread_.stop(); }
    [[nodiscard]] const SnapshotCounters& counters() const noexcept { return counters_; }
    // True if every feed could be followed.
    [[nodiscard]] bool is_complete() const noexcept;
    [[nodiscard]] const wire::Ipv4Endpoint& address() const noexcept { return address_; }

  private:
    class Connection;

    void serve();
    void accept_waiting();
    void follow();
    [[nodiscard]] SnapshotSource* find(std::string_view session) noexcept;

    SnapshotLogin login_;
    std::vector<SnapshotSource> sources_;
    SnapshotCounters counters_;
    Descriptor socket_;
    wire::Ipv4Endpoint address_;
    std::list<Connection> connections_;
    program::SideThread thread_;  // last, because it uses all the others
};

}  // namespace rxlab::feedsim
