// SPDX-License-Identifier: MIT
//
// A DPDK port that sends: from selection to started, and stopped again by the destructor. What
// comes in (a receiver's membership reports) is thrown away at the start and at the end, and waits
// in its ring meanwhile: nothing but sending happens in the send loop. Ownership: the port and its
// mbufs. EAL must outlive it. Threading: one thread.
#pragma once

#include <rxlab/wire/ethernet.hpp>

#include <nlohmann/json_fwd.hpp>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace rxlab::feedsim {

// How frames fared at the transmit ring.
struct SendPortCounters {
    std::uint64_t frames = 0;     // that the port took
    std::uint64_t ring_full = 0;  // frames that found no room at first
    std::uint64_t dropped = 0;    // those that found none for kPatience_ns, or while others waited
    std::uint64_t no_mbuf = 0;    // frames for which there was no buffer: all were in the ring
    std::uint64_t longest_wait_ns = 0;  // for room, of a frame that was taken
    // Repeated ends of session, when the other end had left after the first of them.
    std::uint64_t unheard_ends = 0;
};

enum class Handover : std::uint8_t { taken, dropped, link_is_down };

class SendPort {
  public:
    // How long a frame may wait for room in the ring.
    static constexpr std::uint64_t kPatience_ns = 1'000'000;

    // `name`: or number; empty: the only port. Waits for its link for `link_wait_s` seconds, or
    // until `stop` becomes true. Throws program::UsageError (no such port) or program::RunError
    // (what the driver refuses; no link).
    SendPort(const std::string& name, double link_wait_s, const std::atomic<bool>& stop);
    SendPort(const SendPort&) = delete;
    SendPort& operator=(const SendPort&) = delete;
    ~SendPort();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
    [[nodiscard]] wire::MacAddress mac() const noexcept;
    [[nodiscard]] const SendPortCounters& counters() const noexcept { return counters_; }

    // A buffer for a frame; null, and counted, where all are in the ring.
    [[nodiscard]] rte_mbuf* buffer() noexcept;
    // Takes the mbuf in any case. A full ring is tried again for kPatience_ns; after a frame that
    // was dropped there is one try for each until one is taken again, so that a receiver that
    // stands still delays the schedule once.
    [[nodiscard]] Handover hand_over(rte_mbuf* frame) noexcept {
        if (rte_eth_tx_burst(id_, 0, &frame, 1) == 1) [[likely]] {
            ++counters_.frames;
            ring_is_stuck_ = false;
            return Handover::taken;
        }
        return wait_for_room(frame);
    }

    // Lets the driver see what the other end has taken, while nothing is to be sent: net_memif
    // reads that, in a line of the other core's, each time it is called.
    void settle() noexcept { static_cast<void>(rte_eth_tx_burst(id_, 0, nullptr, 0)); }
    void note_unheard_end() noexcept { ++counters_.unheard_ends; }

    // What the summary says about the port.
    [[nodiscard]] nlohmann::ordered_json report() const;

  private:
    struct PoolDeleter {
        void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
    };

    void configure();
    void start(double link_wait_s, const std::atomic<bool>& stop);
    void wait_for_link(double seconds, const std::atomic<bool>& stop) const;
    void wait_for_the_receiver_to_go() const noexcept;
    void discard_received() noexcept;
    void close() noexcept;
    [[nodiscard]] bool link_is_up() const noexcept;
    [[nodiscard]] Handover wait_for_room(rte_mbuf* frame) noexcept;

    std::uint16_t id_;
    std::string name_, driver_;
    std::uint16_t descriptors_ = 0;
    bool started_ = false;
    bool ring_is_stuck_ = false;
    std::unique_ptr<rte_mempool, PoolDeleter> pool_;  // the driver has some until it is closed
    SendPortCounters counters_;
};

}  // namespace rxlab::feedsim
