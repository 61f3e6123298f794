// SPDX-License-Identifier: MIT
//
// The receive ring of the 82574L: the whole of a poll-mode driver's work while packets come.
//
//                          reg::RDH: the chip fills this one next (the driver does not read it)
//                              │
//      ┌─────┬─────┬─────┬─────▼─────┬─────┬─────┬─────┬─────┬─────┬─────┬─────┐
//      │  0  │  1  │  2  │     3     │  4  │  5  │  6  │  7  │  8  │  9  │  …  │  descriptors,
//      │ DD  │ DD  │ DD  │           │     │     │     │     │     │     │     │  16 bytes each
//      └──┬──┴──▲──┴─────┴───────────┴─────┴─────┴─────┴─────┴──▲──┴─────┴─────┘
//         │     │                                              │
//         │    next_: what take() returns next          reg::RDT: the chip stops here
//         ▼
//      buffer 0: the frame, written by the chip before the descriptor says DD
//
// WHO OWNS A DESCRIPTOR, and the buffer that belongs to it for good:
//   the chip     from RDH up to RDT, without the one at RDT: the chip may write at any time
//   this thread  all others: first those with DD, which wait for take(); then those that were
//                taken, until give_back() moves RDT beyond them. Their views end there
// RDT never catches up with RDH: if they are equal, the chip owns nothing (section 7.1.8). So one
// descriptor is always ours, and give_back() stops one short.
//
// A FRAME'S WAY. The chip copies the frame into the buffer, then writes the descriptor's second
// half: length and status in one piece of 8 bytes. We see DD, and with it all of that. No register
// is read: a read over PCIe takes most of a microsecond, and this memory is in the cache. We clear
// that half, so that DD means something again a lap later, and write RDT for every 32nd descriptor:
// one store over PCIe, for which nobody waits.
//
// A frame longer than a buffer comes in several, and only the last has EOP.
//
// Ownership: of nothing; memory and register are the device's. Threading: one thread.
#pragma once

#include "nic_rx/registers.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::nic_rx {

class RxRing {
  public:
    static constexpr std::uint32_t kTailStep = 32;  // descriptors given back at a time

    // `descriptors`: a power of two of them, at least 2 * kTailStep. Buffer i is the i-th piece of
    // `buffer_bytes` at `buffers`, which the chip sees at address `iova`. `tail`: reg::RDT.
    RxRing(std::span<RxDescriptor> descriptors, std::byte* buffers, std::uint64_t iova,
           std::uint32_t buffer_bytes, volatile std::uint32_t& tail) noexcept
        : descriptors_{descriptors.data()},
          mask_{static_cast<std::uint32_t>(descriptors.size()) - 1},
          buffers_{buffers},
          buffer_bytes_{buffer_bytes},
          tail_{&tail} {
        for (std::size_t i = 0; i < descriptors.size(); ++i)
            descriptors[i] = {iova + i * buffer_bytes, 0};
    }

    // The chip is ready: it gets all descriptors but one.
    void start() noexcept { ring_doorbell(); }

    // [snippet: rx-ring]
    // What the chip has written into the next descriptor; without rxd::DD: nothing yet.
    [[nodiscard]] std::uint64_t look() const noexcept {
        return std::atomic_ref{descriptors_[next_ & mask_].written}.load(std::memory_order_acquire);
    }
    // The buffer of that descriptor, which is ours until give_back(). `written`: what look() said.
    [[nodiscard]] std::span<const std::byte> take(std::uint64_t written) noexcept {
        const std::uint32_t index = next_++ & mask_;
        descriptors_[index].written = 0;
        const std::byte* const buffer = buffers_ + std::size_t{index} * buffer_bytes_;
        return {buffer, rxd::length(written)};
    }
    // Gives back all that take() has returned; nobody may look at those buffers any more.
    void give_back() noexcept {
        if (next_ - given_back_ >= kTailStep) ring_doorbell();
    }
    // [end: rx-ring]

  private:
    void ring_doorbell() noexcept {
        write_barrier();
        given_back_ = next_;
        *tail_ = (next_ - 1) & mask_;
    }

    RxDescriptor* descriptors_;
    std::uint32_t mask_;
    std::uint32_t next_ = 0;        // counts on; masked, an index
    std::uint32_t given_back_ = 0;  // likewise: next_ at the last doorbell
    std::byte* buffers_;
    std::uint32_t buffer_bytes_;
    volatile std::uint32_t* tail_;
};

}  // namespace rxlab::nic_rx
