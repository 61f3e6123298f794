// SPDX-License-Identifier: MIT
//
// What is timed: the receive loop as the receivers run it, and the loops that it is compared with.
// Each pass takes all packets of a stream. Threading: one thread.
#pragma once

#include "figures.hpp"
#include "stream.hpp"

#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/trace.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/rx/receive.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

namespace rxlab::bench::pipeline {

// One feed with a small book, and a trace with room for `records`, which is removed at the end.
class Receiver {
  public:
    Receiver(latency::Clock clock, const std::filesystem::path& folder, std::uint64_t records,
             bool with_trace = true);
    ~Receiver();
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    // Runs until the source fails, which a source here does when it is empty. Returns the ticks
    // that it took.
    template <rx::PacketSource Source>
    latency::Ticks drain(Source& source) {
        const latency::Ticks start = clock_.now();
        rx::receive(source, *pipeline_, wakeup_, [] {});
        return clock_.now() - start;
    }
    [[nodiscard]] const rx::Pipeline& pipeline() const noexcept { return *pipeline_; }
    // Times from packet to packet in nanoseconds, if each packet was polled and stamped alone. The
    // first packet of each pass is left out, because it waited for the pass to begin.
    [[nodiscard]] std::vector<double> steps(double ticks_per_ns, std::size_t packets) const;
    // Throws std::runtime_error if a packet was not in order or a message changed no book: then the
    // loop has not done the work that it is timed for.
    void check(std::uint64_t packets, std::uint64_t messages) const;

  private:
    latency::Clock clock_;
    std::filesystem::path path_;
    std::optional<latency::TraceWriter> trace_;
    std::optional<rx::Pipeline> pipeline_;
    rx::Wakeup wakeup_;
};

// Throws std::runtime_error unless the book has taken exactly this many messages, each of which
// changed it, and is empty again.
void check_book(const book::Book& book, std::uint64_t messages);

// Delivers packets from memory, a fixed number per poll.
class MemorySource {
  public:
    MemorySource(const Stream& stream, std::size_t per_poll)
        : stream_{stream}, per_poll_{per_poll} {}

    void rewind() noexcept { next_ = 0; }
    std::size_t poll(std::span<rx::PacketView> batch) noexcept {
        const auto& packets = stream_.packets();
        std::size_t filled = 0;
        for (; filled < per_poll_ && next_ < packets.size(); ++filled)
            batch[filled] = {packets[next_++], 0, 0};
        return filled;
    }
    [[nodiscard]] bool failed() const noexcept { return next_ == stream_.size(); }

  private:
    const Stream& stream_;
    std::size_t per_poll_;
    std::size_t next_ = 0;
};

// Decodes packets of the same source into a book and does nothing else.
[[nodiscard]] latency::Ticks decode_into_book(MemorySource& source, book::Book& book,
                                              latency::Clock clock);

struct Plan {
    Timing timing;
    std::size_t packets = 1'000;
    std::filesystem::path folder = "/dev/shm";
};

// What the pipeline costs above decode and book.
[[nodiscard]] Row time_pipeline(const Plan& plan, latency::Clock clock, std::size_t per_poll,
                                std::size_t messages);

#ifdef RXLAB_WITH_DPDK
// What dpdk_rx, with decode and book, costs above rte_eth_rx_burst and rte_pktmbuf_free_bulk. EAL
// is up, with the ports net_ring0 .. ; each call takes port `number`.
[[nodiscard]] Row time_dpdk(const Plan& plan, latency::Clock clock, unsigned number,
                            std::uint16_t burst, std::size_t messages);
#endif

}  // namespace rxlab::bench::pipeline
