// SPDX-License-Identifier: MIT
//
// The MoldUDP64 re-request server: answers requests for messages that were sent from the feeds'
// stores. Rerequests decides what is answered, without a socket or a clock; RerequestServer puts it
// behind a UDP socket, in a thread of its own. An answer is one packet; whoever wants more asks
// again. Where the first messages wanted are not in the store any more, the answer begins with the
// first that is.
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
    std::uint64_t answers = 0;      // packets
    std::uint64_t messages = 0;     // in them
    std::uint64_t send_errors = 0;
};

class Rerequests {
  public:
    // Answers at most `packets_per_second`, and this many more after a pause.
    static constexpr double kBurstPackets = 64;

    Rerequests(Stores stores, double packets_per_second);

    // The answer to a datagram that came at `now_ns` (of a clock that does not go backwards); empty
    // where there is none. Valid until the next call.
    [[nodiscard]] std::span<const std::byte> answer(std::span<const std::byte> datagram,
                                                    std::uint64_t now_ns) noexcept;

    [[nodiscard]] const RerequestCounters& counters() const noexcept { return counters_; }
    void count_send_error() noexcept { ++counters_.send_errors; }

  private:
    [[nodiscard]] bool may_answer(std::uint64_t now_ns) noexcept;
    [[nodiscard]] std::span<const std::byte> pack(const MessageStore& store, std::uint64_t begin,
                                                  std::uint64_t end) noexcept;

    Stores stores_;
    double packets_per_ns_;
    double credit_packets_ = kBurstPackets;
    std::uint64_t last_ns_ = 0;
    std::array<std::byte, wire::mold::kPayloadBytesMax> memory_{};
    RerequestCounters counters_;
};

class RerequestServer {
  public:
    // Binds to `address` and serves from now on. Throws program::RunError.
    RerequestServer(const wire::Ipv4Endpoint& address, Stores stores, double packets_per_second,
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
    ServerThread thread_;  // last: it uses all the others
};

}  // namespace rxlab::feedsim
