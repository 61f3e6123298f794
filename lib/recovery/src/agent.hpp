// SPDX-License-Identifier: MIT
//
// The slow path: a thread that talks to re-request and snapshot servers, so that the receive loop
// never touches a socket of theirs. Tasks go to it and answers come back through bounded rings;
// where one is full, a task or an answer is dropped and counted, and time runs out for it
// as if the network had lost it. A snapshot is built into a book of the agent's own, which is then
// handed over complete. It uses the kernel's sockets, also beside a DPDK port: servers are reached
// over a management interface, not over the one that receives.
// Threading: start(), request(), want_snapshot(), answer(), release() and the destructor belong to
// one thread, the one that receives.
#pragma once

#include "missing_ranges.hpp"
#include "spsc_ring.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/side_thread.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rxlab::recovery {

// What comes back.
struct Answer {
    enum class Kind : std::uint8_t { packet, snapshot, no_snapshot } kind = Kind::packet;
    std::size_t feed = 0;
    std::size_t bytes = 0;                // packet
    std::uint64_t sequence = 0;           // snapshot: the first message that is not in it
    wire::mold::Session session;          // snapshot: whose it is
    std::uint32_t wish = 0;               // snapshot, no_snapshot: which want_snapshot() it answers
    std::uint64_t messages = 0;           // snapshot
    std::uint64_t load_ns = 0;            // snapshot: from the connection to the last message
    std::array<std::byte, 9'216> memory;  // a jumbo frame's payload

    [[nodiscard]] std::span<const std::byte> payload() const noexcept {
        return {memory.data(), bytes};
    }
};

struct AgentCounters {
    std::atomic<std::uint64_t> send_errors{0};      // of requests, by the kernel
    std::atomic<std::uint64_t> tasks_dropped{0};    // the ring to the agent was full
    std::atomic<std::uint64_t> answers_dropped{0};  // the ring to the receive loop was full
    std::atomic<std::uint64_t> too_long{0};         // answers that no slot can take
    std::atomic<std::uint64_t> snapshot_attempts{0};
    std::atomic<std::uint64_t> snapshot_failures{0};
};

// How long a server is waited for.
struct AgentTimes {
    std::uint64_t snapshot_pause_ns = 200'000'000;  // between two attempts
    // For all of a snapshot: a server that goes on for ever must not keep a feed waiting.
    std::uint64_t snapshot_load_ns_max = 60'000'000'000;
};

class Agent {
  public:
    // Attempts at one snapshot.
    static constexpr std::uint32_t kSnapshotAttempts = 5;

    // Opens the sockets and allocates the spare books; `options` must outlive it. Throws
    // program::RunError.
    explicit Agent(const rx::Options& options, const AgentTimes& times = {});
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;
    // Ends the thread.
    ~Agent();

    // Starts the thread, on any CPU but these where there is another; none are named: but the one
    // that the calling thread is bound to.
    void start(std::span<const unsigned> receiver_cpus);

    void request(std::size_t feed, const wire::mold::Session& session,
                 const Request& request) noexcept {
        static_cast<void>(place(requests_, {feed, session, request, 0}));
    }
    // Of this session; of the one that the server calls running where it is blank. Only the last
    // wish of a feed counts: answers to earlier ones are not current. False where there was no room
    // for it (sessions changed faster than the thread could follow): there will be no answer.
    [[nodiscard]] bool want_snapshot(std::size_t feed,
                                     const wire::mold::Session& session) noexcept {
        return place(wishes_, {feed, session, {}, ++wish_of_[feed]});
    }
    [[nodiscard]] bool is_current(const Answer& answer) const noexcept {
        return answer.wish == wish_of_[answer.feed];
    }

    // The next answer, or null; release() gives it back.
    [[nodiscard]] Answer* answer() noexcept { return answers_.front(); }
    void release() noexcept { answers_.pop(); }
    // After an answer of kind snapshot: the book, to be swapped with the feed's. It stays the
    // caller's until the next want_snapshot() of that feed.
    [[nodiscard]] book::Book& spare_book(std::size_t feed) noexcept;

    [[nodiscard]] const AgentCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] bool has_snapshots() const noexcept { return !snapshots_.empty(); }
    // Why the last snapshot was not had, in words; empty where nothing went wrong. After the run.
    [[nodiscard]] const std::string& snapshot_failure(std::size_t feed) const noexcept;
    void stop() noexcept { thread_.stop(); }

  private:
    struct Task {
        std::size_t feed = 0;
        wire::mold::Session session;
        Request request;         // requests_
        std::uint32_t wish = 0;  // wishes_
    };
    class Snapshot;  // one feed's

    bool place(SpscRing<Task>& ring, const Task& task) noexcept;
    void send(const Task& request) noexcept;
    void receive_answers() noexcept;
    void run() noexcept;

    const rx::Options& options_;
    AgentTimes times_;
    SpscRing<Task> requests_;
    SpscRing<Task> wishes_;               // for snapshots: never crowded out by requests
    std::vector<std::uint32_t> wish_of_;  // index: feed; how many there have been
    SpscRing<Answer> answers_;
    AgentCounters counters_;
    // One connected socket a feed: what arrives on it is about that feed, and from its server.
    std::vector<program::Descriptor> sockets_;
    std::vector<std::unique_ptr<Snapshot>> snapshots_;  // index: feed
    program::SideThread thread_;
};

}  // namespace rxlab::recovery
