// SPDX-License-Identifier: MIT
//
// The MoldUDP64 re-request server: answers requests for messages that were sent from the feeds'
// stores. Rerequests decides what is answered, without a socket or a clock; RerequestServer puts it
// behind a UDP socket, in a thread of its own. An answer is one packet; whoever wants more asks
// again. Where the first messages wanted are not in the store any more, the answer begins with the
// first that is. What is beyond the rate or a client's quota is not answered at all: MoldUDP64 has
// no packet that refuses, and a client cannot tell a limit from a loss.
// Ownership: stores are the caller's and outlive the server. Threading: Rerequests belongs to one
// thread; a RerequestServer is made, stopped and asked for counters by its owner.
#pragma once

#include <rxlab/feedsim/message_store.hpp>
#include <rxlab/feedsim/server_thread.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::feedsim {

using Stores = std::vector<const MessageStore*>;

struct RerequestCounters {
    std::uint64_t requests = 0;     // well-formed ones
    std::uint64_t malformed = 0;    // datagrams that are no request
    std::uint64_t unknown = 0;      // requests for a session that is none of the feeds'
    std::uint64_t unavailable = 0;  // for messages that are not there: too old, or not sent yet
    std::uint64_t refused = 0;      // beyond the bounded rate; not answered
    std::uint64_t over_quota = 0;   // of clients that had all that they may have; not answered
    std::uint64_t answers = 0;      // packets
    std::uint64_t messages = 0;     // in them
    std::uint64_t send_errors = 0;
};

struct RerequestLimits {
    double packets_per_second = 10'000;         // to all clients together
    std::uint64_t quota_messages = kUnbounded;  // to each client, in the whole run
};

class Rerequests {
  public:
    // Answers at most packets_per_second, and this many more after a pause.
    static constexpr double kBurstPackets = 64;
    // Clients whose messages are counted; with a quota, later ones get none.
    static constexpr std::size_t kClientsMax = 1'024;

    Rerequests(Stores stores, const RerequestLimits& limits);

    // The answer to a datagram of `client` (its IPv4 address: who asks from another port is the
    // same client) that came at `now_ns` (of a clock that does not go backwards); empty where there
    // is none. Valid until the next call.
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
    // Null where there is no room for one more.
    [[nodiscard]] Client* find(std::uint32_t address) noexcept;

    Stores stores_;
    double packets_per_ns_;
    std::uint64_t quota_messages_;
    std::vector<Client> clients_;  // none where there is no quota
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
    // Where it listens: the port that the system chose where it was given none.
    [[nodiscard]] const wire::Ipv4Endpoint& address() const noexcept { return address_; }

  private:
    void serve();
    void answer_waiting() noexcept;

    Rerequests requests_;
    Descriptor socket_;
    wire::Ipv4Endpoint address_;
    program::SideThread thread_;  // last: it uses all the others
};

}  // namespace rxlab::feedsim
