// SPDX-License-Identifier: MIT
//
// The MoldUDP64 re-request server: answers requests for sent messages from the feeds' stores.
// Rerequests decides what is answered, without a socket or a clock; RerequestServer puts it behind
// a UDP socket, in a thread of its own. An answer is one packet; a client that wants more asks
// again. If the first messages asked for are no longer in the store, the answer begins with the
// first that is. A request beyond the rate or the client's quota is not answered at all: MoldUDP64
// has no packet that refuses, and a client cannot tell a limit from a loss. Ownership: the stores
// belong to the caller and outlive the server. Threading: Rerequests belongs to one thread; its
// owner makes and stops a RerequestServer and asks it for counters.
#pragma once

#include "feedsim/servers/message_store.hpp"
#include "feedsim/servers/server_thread.hpp"

#include <rxlab/wire/address.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::feedsim {

using Stores = std::vector<const MessageStore*>;

struct RerequestCounters {
    std::uint64_t requests = 0;         // well-formed ones
    std::uint64_t malformed = 0;        // datagrams that are not requests
    std::uint64_t unknown_session = 0;  // requests for one that no feed has
    std::uint64_t unavailable = 0;      // for messages that are not there: too old, or not sent yet
    std::uint64_t refused = 0;          // beyond the bounded rate; not answered
    std::uint64_t over_quota = 0;       // from clients that have used up their quota; not answered
    std::uint64_t answers = 0;          // packets
    std::uint64_t messages = 0;         // in them
    std::uint64_t send_errors = 0;
};

struct RerequestLimits {
    double packets_per_second = 10'000;         // for all clients together
    std::uint64_t quota_messages = kUnbounded;  // for each client, over the whole run
};

class Rerequests {
  public:
    // Answers at most packets_per_second, and this many more after a pause.
    static constexpr double kBurstPackets = 64;
    // Clients whose messages are counted; with a quota, later ones get none.
    static constexpr std::size_t kClientsMax = 1'024;

    Rerequests(Stores stores, const RerequestLimits& limits);

    // The answer to a datagram from `client` that came at `now_ns`, by a clock that does not go
    // backwards; empty if there is none. A client is its IPv4 address, whatever the port. Valid
    // until the next call.
    [[nodiscard]] std::span<const std::byte> answer(std::span<const std::byte> datagram,
                                                    std::uint32_t client,
                                                    std::uint64_t now_ns) noexcept;

    [[nodiscard]] const RerequestCounters& counters() const noexcept { return counters_; }
    void count_send_error() noexcept { ++counters_.send_errors; }

  private:
    [[nodiscard]] bool may_answer(std::uint64_t now_ns) noexcept;
    [[nodiscard]] std::span<const std::byte> pack(const MessageStore& store, std::uint64_t begin,
                                                  std::uint64_t end) noexcept;
    struct Client {
        std::uint32_t address = 0;
        std::uint64_t messages_left = 0;
    };
    // Null if there is no room for one more.
    [[nodiscard]] Client* find(std::uint32_t address) noexcept;

    Stores stores_;
    double packets_per_ns_;
    std::uint64_t quota_messages_;
    std::vector<Client> clients_;  // empty if there is no quota
    double credit_packets_ = kBurstPackets;
    std::uint64_t last_ns_ = 0;
    std::array<std::byte, wire::mold::kPayloadBytesMax> memory_{};
    RerequestCounters counters_;
};

class RerequestServer {
  public:
    // Binds to `address` and serves from now on. Throws program::RunError.
    RerequestServer(const wire::Ipv4Endpoint& address, Stores stores, const RerequestLimits& limits,
                    const ServerCpus& cpus);

    // Ends the thread; the counters are complete then.
    void stop() { thread_.stop(); }
    [[nodiscard]] const RerequestCounters& counters() const noexcept {
        return requests_.counters();
    }
    // Where it listens, with the port that the system chose if none was given.
    [[nodiscard]] const wire::Ipv4Endpoint& address() const noexcept { return address_; }

  private:
    void serve();
    void answer_waiting() noexcept;

    Rerequests requests_;
    Descriptor socket_;
    wire::Ipv4Endpoint address_;
    program::SideThread thread_;  // last, because it uses all the others
};

}  // namespace rxlab::feedsim
