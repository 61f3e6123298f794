// SPDX-License-Identifier: MIT
//
// The host's side of IGMP for a set of groups, each wanted from every source or from a few: joins,
// answers to queries, leaves (RFC 3376; RFC 2236 and RFC 1112 where an older querier is heard:
// those versions know no sources, so the receiver must leave the packets of others out itself).
// Knows no port and no clock: frames and times in nanoseconds go in, frames come out, so that it
// can be tested minute by minute. All memory is allocated by the constructor. Threading: one
// thread.
#pragma once

#include <rxlab/wire/igmp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rxlab::igmp {

// `automatic` speaks version 3 until an older querier is heard, and for as long as the RFC says
// after that (RFC 3376, section 7.2.1).
enum class IgmpVersion { automatic, v2, v3 };

// A group, and from whom it is wanted. Addresses in host order, each once; no sources: from all.
struct IgmpGroup {
    std::uint32_t address = 0;
    std::vector<std::uint32_t> sources;
};

struct IgmpCounters {
    std::uint64_t queries_v1 = 0;
    std::uint64_t queries_v2 = 0;
    std::uint64_t queries_v3 = 0;
    std::uint64_t ignored = 0;     // other groups, other hosts' reports, wrong destinations
    std::uint64_t suppressed = 0;  // answers that another host's report made superfluous
    std::uint64_t reports = 0;     // frames sent, joins included
    std::uint64_t leaves = 0;      // frames sent
    std::array<std::uint64_t, wire::kIgmpStatuses> frames{};  // received, by status
};

class IgmpHost {
  public:
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    // `groups`: each once. `random_seed`: for the delays.
    IgmpHost(std::vector<IgmpGroup> groups, const wire::IgmpSender& sender, IgmpVersion version,
             std::uint64_t random_seed);

    // Joins: the first reports are due at once, their repetitions after random delays. To be called
    // again after the link was away, because others may have forgotten.
    void join(std::int64_t now_ns) noexcept;
    // Takes a received frame, whatever it holds.
    void receive(std::span<const std::byte> frame, std::int64_t now_ns) noexcept;
    // Drops all that is pending and announces the leave; repeated as often as a join.
    void leave(std::int64_t now_ns) noexcept;

    // When next() has something to say; kNever: nothing is pending.
    [[nodiscard]] std::int64_t due_ns() const noexcept { return due_ns_; }
    // The next frame to send now, valid until the next call; empty when nothing is due any more.
    [[nodiscard]] std::span<const std::byte> next(std::int64_t now_ns) noexcept;

    // The version spoken at that time: 1, 2 or 3.
    [[nodiscard]] int version(std::int64_t now_ns) const noexcept;
    [[nodiscard]] const IgmpCounters& counters() const noexcept { return counters_; }

  private:
    // What a report says: a change (joined, left), or how things are.
    enum class Purpose : std::uint8_t { join, leave, state };
    // One report about every group, cut into as many frames as it needs.
    struct Sweep {
        std::int64_t at_ns = kNever;
        int left = 0;            // how often it will still be repeated, this time included
        std::size_t index = 0;   // the first group of the next frame
        std::size_t source = 0;  // of that group, the first source that was not said yet
    };
    struct Membership {
        static constexpr std::size_t kSourcesMax = 64;
        std::int64_t answer_at_ns = kNever;
        std::size_t source_count = 0;  // wanted ones that were asked for; 0: all about the group
        std::array<std::uint32_t, kSourcesMax> sources{};
    };

    void take_query(const wire::IgmpMessage& query, std::int64_t now_ns) noexcept;
    void note_querier(int version, std::uint32_t response_ms, std::int64_t now_ns) noexcept;
    void answer_all(std::int64_t delay_ns, std::int64_t delay_ns_max, std::int64_t now_ns) noexcept;
    void answer_one(std::size_t group, const wire::IgmpMessage& query, std::int64_t delay_ns,
                    std::int64_t now_ns) noexcept;
    void take_report(const wire::IgmpMessage& report, std::int64_t now_ns) noexcept;
    void cancel_all() noexcept;
    void update_due() noexcept;
    std::int64_t random_below(std::int64_t limit_ns) noexcept;
    // Index of the group; groups_.size() where it is none of ours.
    [[nodiscard]] std::size_t find(std::uint32_t group) const noexcept;
    [[nodiscard]] static wire::IgmpRecordType record_type(const IgmpGroup& group,
                                                          Purpose purpose) noexcept;

    std::span<const std::byte> sweep(Sweep& sweep, Purpose purpose, std::int64_t now_ns) noexcept;
    std::span<const std::byte> next_records(Sweep& sweep, Purpose purpose) noexcept;
    std::span<const std::byte> answer(std::size_t group, std::int64_t now_ns) noexcept;
    [[nodiscard]] wire::IgmpType report_type(std::int64_t now_ns) const noexcept;

    std::vector<IgmpGroup> groups_;
    std::vector<Membership> members_;  // the same groups
    wire::IgmpSender sender_;
    IgmpVersion configured_;
    std::uint64_t random_;
    int robustness_ = 2;  // RFC 3376, section 8.1; the querier may say another
    std::int64_t v1_until_ns_ = std::numeric_limits<std::int64_t>::min();
    std::int64_t v2_until_ns_ = std::numeric_limits<std::int64_t>::min();
    int last_version_;
    Sweep change_;   // joins, leaves
    Sweep general_;  // the answer to a general query of version 3
    bool leaving_ = false;
    std::int64_t due_ns_ = kNever;
    IgmpCounters counters_;
    std::array<std::byte, wire::kIgmpFrameBytesMax> frame_{};
};

}  // namespace rxlab::igmp
