// SPDX-License-Identifier: MIT
//
// An AF_XDP socket for receiving, by the kernel's own interface: linux/if_xdp.h and system calls,
// no library.
//
// BACKGROUND. An XDP program (program.hpp) sees each frame in the driver and may say "redirect to
// that socket". The frame then lies in memory that the process has given to the kernel, the UMEM,
// and two words in shared memory say so. No part of the network stack is on that way: no IP, no
// sockets, in the driver (native) not even an sk_buff.
//
//       network card, veth                             UMEM: memory of ours, cut into frames
//              │ interrupt, NAPI                       ┌───────┬───────┬───────┬───────┬── …
//              ▼                                       │   0   │   1   │   2   │   3   │
//      XDP program: whose is it?                       └───────┴───────┴───────┴───────┴── …
//         │               │                                ▲ the frame is put here:
//         │ PASS          │ REDIRECT ──────────────────────┘   copy mode: one copy by the kernel
//         ▼               ▼                                    zero-copy: by the card itself (DMA)
//      the kernel    this queue's socket
//
// FOUR RINGS. Frames are not copied between the two sides but change hands, as numbers (addresses
// in the UMEM) on rings. Each ring has one producer and one consumer, and each index one writer:
//
//                        fill ring: "here are empty frames"
//       process  ═══════════════════════════════════════════════►  kernel
//       writes producer                                  writes consumer
//
//                  receive ring: "this frame is full, so long"
//       process  ◄═══════════════════════════════════════════════  kernel
//       writes consumer                                  writes producer
//
//       transmit ring (═►) and completion ring (◄═): the same for sending. We send nothing. The
//       kernel binds no socket without a completion ring, so there is one of the smallest size. It
//       does bind one without a transmit ring, so there is none.
//
// WHO OWNS A FRAME. Exactly one of: the kernel (it is on the fill ring, or taken from there), the
// receive ring, the process (between reading the receive ring and writing the fill ring). There
// are as many frames as the fill ring has room for, so giving one back never waits. A process that
// falls behind lets the fill ring run empty: then the kernel drops and counts (XDP_STATISTICS).
//
// ORDER IN MEMORY. A producer writes the entry and then its index (release), a consumer reads the
// index (acquire) and then the entry. On x86 both cost nothing but keep the compiler from moving
// things; the code says so all the same.
//
// WAKING THE KERNEL. Bound with XDP_USE_NEED_WAKEUP, the kernel sets a flag on the fill ring when
// it waits for frames and would not notice new ones (zero-copy drivers whose NAPI sleeps). Then,
// and only then, a poll calls recvfrom(2). In copy mode the flag is never set: there is no system
// call on the whole way. With --busy-poll the same call drives the driver's NAPI from this thread,
// where otherwise the card would interrupt its CPU.
//
// Model for this header: Firedancer's fd_xsk.h, which explains what it does before it does it.
// Sources: Documentation/networking/af_xdp.rst, net/xdp/xsk.c, net/xdp/xsk_queue.h.
//
// Ownership: descriptor, UMEM and ring mappings. Threading: one thread; statistics() may be asked
// by another.
#pragma once

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/mapping.hpp>

#include <linux/if_xdp.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::xdp_rx {

enum class Copy { automatic, copy, zero_copy };

struct XskOptions {
    std::uint32_t frames = 2'048;       // a power of two; entries of the fill and receive rings
    std::uint32_t frame_bytes = 2'048;  // 2,048 or 4,096 (net/xdp/xdp_umem.c: at most a page)
    Copy copy = Copy::automatic;        // automatic: zero-copy where the driver has it
    std::optional<int> busy_poll_us;    // SO_BUSY_POLL
    std::uint32_t transmit_frames = 0;  // a power of two, beside the others; 0: it sends nothing
};
inline constexpr std::uint32_t kTransmitFrames = 256;
// What the kernel leaves free before each frame (XDP_PACKET_HEADROOM).
inline constexpr std::uint32_t kHeadroomBytes = 256;

// One side's view of a ring; T is what lies on it. The other side's index is read from shared
// memory only where ours has caught up with what was read last: each read takes the line out of
// the other core's cache.
template <typename T>
class Ring {
  public:
    Ring() = default;
    Ring(std::byte* at, const xdp_ring_offset& offsets, std::uint32_t entries) noexcept
        : producer_{reinterpret_cast<std::uint32_t*>(at + offsets.producer)},
          consumer_{reinterpret_cast<std::uint32_t*>(at + offsets.consumer)},
          flags_{reinterpret_cast<std::uint32_t*>(at + offsets.flags)},
          entries_{reinterpret_cast<T*>(at + offsets.desc)},
          mask_{entries - 1} {}

    // As consumer: how many entries are there. [0] is the first of them.
    [[nodiscard]] std::uint32_t available() noexcept {
        if (other_ == own_) other_ = std::atomic_ref{*producer_}.load(std::memory_order_acquire);
        return other_ - own_;
    }
    [[nodiscard]] const T& operator[](std::uint32_t i) const noexcept {
        return entries_[(own_ + i) & mask_];
    }
    void consumed(std::uint32_t count) noexcept {
        own_ += count;
        std::atomic_ref{*consumer_}.store(own_, std::memory_order_release);
    }

    // The index of the next entry, and the entry at an index.
    [[nodiscard]] std::uint32_t index() const noexcept { return own_; }
    [[nodiscard]] const T& entry(std::uint32_t index) const noexcept {
        return entries_[index & mask_];
    }

    // As producer, where there is room for sure: write entries, then show them.
    void write(std::uint32_t i, const T& value) noexcept { entries_[(own_ + i) & mask_] = value; }
    void produced(std::uint32_t count) noexcept {
        own_ += count;
        std::atomic_ref{*producer_}.store(own_, std::memory_order_release);
    }
    [[nodiscard]] bool needs_wakeup() const noexcept {
        return (std::atomic_ref{*flags_}.load(std::memory_order_relaxed) & XDP_RING_NEED_WAKEUP) !=
               0;
    }

  private:
    std::uint32_t* producer_ = nullptr;
    std::uint32_t* consumer_ = nullptr;
    std::uint32_t* flags_ = nullptr;
    T* entries_ = nullptr;
    std::uint32_t mask_ = 0;
    std::uint32_t own_ = 0;    // our index, which only we write
    std::uint32_t other_ = 0;  // the other side's, as read last
};

// Puts frames that the receive ring named on the fill ring. What it named is where a frame's bytes
// are, behind the headroom; the fill ring gets where the frame itself begins, as at the start.
inline void put_back(Ring<std::uint64_t>& fill, std::span<const std::uint64_t> addresses,
                     std::uint32_t frame_bytes) noexcept {
    const std::uint64_t mask = ~std::uint64_t{frame_bytes - 1};
    for (std::uint32_t i = 0; i < addresses.size(); ++i)
        fill.write(i, addresses[i] & mask);
    fill.produced(static_cast<std::uint32_t>(addresses.size()));
}

class Xsk {
  public:
    // A socket on one queue of an interface, with all its frames on the fill ring. `generic`: the
    // XDP program will be in the generic hook, where there is only copy mode. Throws
    // program::RunError.
    Xsk(const std::string& interface, unsigned index, unsigned queue, const XskOptions& options,
        bool generic);

    // Full frames that are there, in `frames`: as many as that holds, and 32 at most. They stay the
    // caller's until give_back(). Where there are none, wakes the kernel if that wants to be woken.
    [[nodiscard]] std::size_t take(std::span<std::span<const std::byte>> frames) noexcept;
    // All that take() returned last.
    void give_back() noexcept;

    // Sends a frame that fits into one of ours. False: all of them are on their way, or the kernel
    // refused it. Only with XskOptions::transmit_frames.
    [[nodiscard]] bool send(std::span<const std::byte> frame) noexcept;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }
    [[nodiscard]] unsigned queue() const noexcept { return queue_; }
    [[nodiscard]] bool is_zero_copy() const noexcept { return zero_copy_; }
    [[nodiscard]] std::uint64_t wakeups() const noexcept { return wakeups_; }
    // Frames that take() has returned so far.
    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
    // Since the socket was made. Empty where the kernel does not tell all of it (before 5.9).
    [[nodiscard]] std::optional<xdp_statistics> statistics() const noexcept;

  private:
    static constexpr std::size_t kTakeMax = 32;

    void register_memory(const XskOptions& options);
    void make_rings(const XskOptions& options);
    void bind_to(const std::string& interface, unsigned index, const XskOptions& options,
                 bool generic);
    void set_busy_poll(int budget_us);
    void wake_kernel() noexcept;
    void prefetch_next() const noexcept;

    program::Descriptor descriptor_;
    unsigned queue_;
    std::uint32_t frame_bytes_;
    program::Mapping umem_, fill_mapping_, receive_mapping_, transmit_mapping_, completion_mapping_;
    Ring<std::uint64_t> fill_, completion_;
    Ring<xdp_desc> receive_, transmit_;
    std::vector<std::uint64_t> idle_;      // frames for sending that the kernel has not
    std::uint32_t held_ = 0;               // frames that take() returned last
    std::uint64_t addresses_[kTakeMax]{};  // theirs
    bool busy_polls_;
    bool zero_copy_ = false;
    std::uint64_t wakeups_ = 0;
    std::uint64_t frames_ = 0;
};

}  // namespace rxlab::xdp_rx
