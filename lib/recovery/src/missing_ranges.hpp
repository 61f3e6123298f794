// SPDX-License-Identifier: MIT
//
// The messages of one feed that are missing, and what is being done about them. A range waits
// (the packets may only be out of order, or come on the other line), is then declared missing, and
// is asked for in requests or, where nobody can be asked, given up at once. It decides; the caller
// sends. Time is passed in.
//
// docs/gaps-and-recovery.md says why: one packet answers a request; a range in flight is not asked
// for again before its time is over, and then after a random pause that doubles; after the last
// attempt it is given up, and with it whatever waits for a server that has said nothing at all, or
// that does not go back that far. Where a request is overdue, the newest ranges are asked for
// first, but for the oldest, for which all delivery waits.
//
// Memory is fixed: where there are more ranges than there is room for, the last ones are joined
// into one, which then holds messages that are not missing. They are asked for needlessly; nothing
// else changes. Threading: one thread.
#pragma once

#include <rxlab/rx/sequencer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace rxlab::recovery {

using rx::kNever;

struct RequestOptions {
    // In one request. 27 of ITCH 5.0's longest message (50 bytes, and 2 for its length) fit into
    // the 1,472 bytes of a packet. 1 .. 65,534.
    std::uint16_t messages_max = 27;
    std::size_t in_flight_max = 16;  // ranges that are asked for at a time
    std::uint32_t attempts_max = 5;  // of one range, each without any answer
    std::uint64_t timeout_ns = 20'000'000;
    std::uint64_t seed = 1;
};

// The messages [sequence, sequence + messages).
struct Request {
    std::uint64_t sequence = 0;
    std::uint16_t messages = 0;

    friend bool operator==(const Request&, const Request&) = default;
};

struct MissingCounters {
    std::uint64_t gaps = 0;           // runs of missing messages, when they were noticed
    std::uint64_t gaps_declared = 0;  // of those, still missing (in part) after the wait
    std::uint64_t requests = 0;
    std::uint64_t requested_messages = 0;  // with those that are asked for again
    std::uint64_t repeated_requests = 0;   // requests for what was asked for before
    std::uint64_t merged_gaps = 0;         // ranges that shared the request of another
    std::uint64_t timeouts = 0;            // ranges that no answer came for in time
    std::uint64_t gaps_given_up = 0;       // ranges
    std::uint64_t gaps_too_old = 0;        // of those, because the server does not go back so far
    std::uint64_t joined_gaps = 0;         // ranges for which there was no room
};

class MissingRanges {
  public:
    static constexpr std::size_t kRangesMax = 1'024;

    struct Range {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        enum class State : std::uint8_t { waiting, declared, asked, given_up };
        State state = State::waiting;
        std::uint32_t attempts = 0;
        // Waiting: is declared. Declared: may be asked for. Asked: the answer is overdue; also of a
        // range that was given up meanwhile, else 0.
        std::uint64_t due_ns = 0;
        std::uint64_t first_asked_ns = 0;
        bool older_answered = false;  // since then, something older than this was
        bool is_rest = false;         // of a range whose older part was answered

        [[nodiscard]] bool is_in_flight() const noexcept {
            return state == State::asked || (state == State::given_up && due_ns != 0);
        }
    };

    // `wait_ns`: from the moment a range is noticed until it is declared. `recover`: there is
    // somebody to ask.
    MissingRanges(const RequestOptions& options, std::uint64_t wait_ns, bool recover);

    [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return ranges_.size(); }
    [[nodiscard]] const Range& front() const noexcept { return ranges_.front(); }
    [[nodiscard]] const MissingCounters& counters() const noexcept { return counters_; }

    // Notices that [begin, end) is missing; it must lie behind all ranges so far.
    void add(std::uint64_t begin, std::uint64_t end, std::uint64_t now_ns) noexcept;
    // [begin, end) has come. Returns how many of those were missing.
    std::uint64_t fill(std::uint64_t begin, std::uint64_t end, bool answered,
                       std::uint64_t now_ns) noexcept;
    // Nothing before `sequence` is of interest any more.
    void forget_before(std::uint64_t sequence) noexcept;
    void clear() noexcept { ranges_.clear(); }

    void give_up_front() noexcept { give_up(ranges_.front()); }
    void give_up_all() noexcept {
        for (Range& range : ranges_)
            give_up(range);
    }

    // When poll() or next_request() has something to do; kNever where they have not.
    [[nodiscard]] std::uint64_t due_ns() const noexcept;
    // Declares, notices overdue answers, gives up.
    void poll(std::uint64_t now_ns) noexcept;
    // Call it until it returns nothing.
    std::optional<Request> next_request(std::uint64_t now_ns) noexcept;

  private:
    using State = Range::State;

    [[nodiscard]] std::size_t index_of(std::uint64_t sequence) const noexcept;
    [[nodiscard]] std::size_t in_flight() const noexcept {
        return static_cast<std::size_t>(std::ranges::count_if(ranges_, &Range::is_in_flight));
    }
    [[nodiscard]] static bool may_be_asked(const Range& range, std::uint64_t now_ns) noexcept {
        return range.state == State::declared && range.due_ns <= now_ns;
    }
    // The first range that was not given up; size() where there is none.
    [[nodiscard]] std::size_t oldest_wanted() const noexcept;
    // Where the next request begins to look, or ends: of all ranges that may be asked for, the
    // first or the last. size() where there is none.
    [[nodiscard]] std::size_t next_to_ask(std::uint64_t now_ns) const noexcept;
    bool split(std::size_t index, std::uint64_t at) noexcept;
    void ask(Range& range, std::uint64_t now_ns) noexcept;
    // Where a request begins that ends with this range, and holds those before it that fit in.
    std::size_t begin_of_last(std::size_t index, std::uint64_t now_ns) noexcept;
    // Asks for the range and for those behind it that fit into the same request.
    Request ask_onwards(std::size_t index, std::uint64_t now_ns) noexcept;
    void note_answer(std::uint64_t begin, std::uint64_t end, std::uint64_t now_ns) noexcept;
    void give_up(Range& range) noexcept;
    void on_overdue(std::size_t index, std::uint64_t now_ns) noexcept;
    // Uniform in [0, limit]; its bias is of no concern.
    std::uint64_t random_up_to(std::uint64_t limit) noexcept { return random_() % (limit + 1); }

    RequestOptions options_;
    std::uint64_t wait_ns_;
    bool recover_;
    std::mt19937_64 random_;
    std::uint64_t last_answer_ns_ = 0;
    bool newest_first_ = false;
    std::vector<Range> ranges_;  // ascending and disjoint; never more than reserved
    MissingCounters counters_;
};

}  // namespace rxlab::recovery
