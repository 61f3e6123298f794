// SPDX-License-Identifier: MIT
//
// Joins a sender's and a receiver's trace by (feed, sequence): every packet's latency and stages,
// and the ledger of each feed. The join does not trust the receiver's flags: it decides from the
// order of the receiver's records which packets are late or duplicates. Only packets from a
// re-request server are left out by their flag: the ledger counts what the wire brought, and the
// time of such a packet says nothing about the wire. Pure functions over spans.
#pragma once

#include "bench/analysis/disturbances.hpp"
#include "bench/result/result.hpp"

#include <rxlab/latency/histogram.hpp>
#include <rxlab/latency/trace.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::bench {

// The part of a trace that a join needs.
struct TraceView {
    latency::TraceHeader header;
    std::span<const latency::TraceRecord> records;
};

// Durations in nanoseconds. Negative ones are counted, never clamped, and enter no figure.
struct Distribution {
    latency::Histogram histogram;
    std::uint64_t negative = 0;

    void add(double value_ns) noexcept;
};

struct JoinOptions {
    double warmup_s = 0;        // of each feed's schedule: left out of every distribution
    double timeline_bin_s = 0;  // 0: no timeline
    bool keep_packets = false;  // in Joined::packets
    const Disturbances* disturbances = nullptr;  // null: not known
};

// One packet's four stamps, in nanoseconds after Joined::start.
struct PacketTimes {
    double intended_ns, sent_ns, received_ns, booked_ns;
    std::uint64_t sequence;
    std::uint16_t feed;
    bool is_warmup;

    [[nodiscard]] double latency_ns() const noexcept { return booked_ns - intended_ns; }
};

struct Joined {
    std::vector<Ledger> ledgers;  // one for each feed, up to the highest feed number in use
    Ledger total;
    std::uint64_t recovered = 0;  // re-requested packets: in no ledger and no distribution
    std::uint64_t held = 0;       // first copies that waited for others before they were booked
    Distribution latency;         // t_book - t_intended
    Distribution undisturbed;     // the same, of packets that no disturbance was near
    Distribution sender_lag;      // t_tx - t_intended
    Distribution path;            // t_rx - t_tx
    Distribution book;            // t_book - t_rx
    // The two parts of `path`, if the NIC stamped packets and its clock could be converted, and if
    // the kernel stamped them on their way in; else empty.
    Distribution wire;        // t_nic - t_tx
    Distribution from_nic;    // t_rx - t_nic
    Distribution arrival;     // t_kernel - t_tx
    Distribution delivery;    // t_rx - t_kernel
    double ticks_per_ns = 0;  // mean of both traces' rates over their runs
    std::vector<TimelineBin> timeline;
    latency::Ticks start = 0;          // the first intended send time of all feeds
    std::vector<PacketTimes> packets;  // first copies, in the order of their arrival
};

// Throws std::runtime_error if the traces cannot belong together: the sender's trace is not one of
// a sender, the clocks differ, a writer recorded no clock rate, or the sender sent a sequence
// number twice.
[[nodiscard]] Joined join(const TraceView& sender, const TraceView& receiver,
                          const JoinOptions& options);

// Length of a bin with enough samples for p90, in seconds: a multiple of 50 ms.
[[nodiscard]] double timeline_bin_s(double packets_per_second) noexcept;

}  // namespace rxlab::bench
