// SPDX-License-Identifier: MIT
//
// A packet socket with a ring: packet(7) with PACKET_RX_RING, and what one must know about it.
//
// BACKGROUND. A packet socket gets a copy of each frame where the network core has just made an
// sk_buff of it, before the IP stack looks at it. Read by recv(2) it would cost a system call and a
// copy each. With a ring the kernel copies each frame into memory that it shares with the process,
// and says so by one word there: the process polls that word and makes no system call at all.
//
//            network card, veth, …                     sendmsg(2) elsewhere
//                     │ interrupt, NAPI
//                     ▼
//         __netif_receive_skb_core()   ◄── every "tap" first (ETH_P_ALL), protocols afterwards:
//              │               │           so a ring has the frame before the IP stack sees it
//              ▼               ▼
//     filter (filter.hpp)   ip_rcv() … sockets
//              │
//              ▼  copies the frame: the one copy on this way
//     ┌────────┬────────┬────────┬────────┐
//     │ USER   │ USER   │ KERNEL │ KERNEL │  …     the ring, mapped by the process
//     └────────┴────────┴────────┴────────┘
//       ▲ packet_rx reads    ▲ the kernel writes the next frame here
//
// WHO OWNS WHAT. Each slot begins with a tpacket2_hdr, and its tp_status says whose the slot is:
// TP_STATUS_USER the process's, TP_STATUS_KERNEL (0) the kernel's. The kernel writes the frame and
// then the word (with a barrier between), the process reads the word (acquire) and then the frame,
// and gives the slot back by writing 0 (release). If the next slot is not the kernel's when a frame
// comes, that frame is lost; PACKET_STATISTICS counts it, and forgets the count when it is read.
//
// VERSION 3 hands over blocks instead of slots: some 64 KiB of frames, one after the other, in as
// much room as each needs. A block belongs to the process when it is full, or when its time is over
// (--block-ms, at least 1). So few wake-ups are needed, and frames may be long. At a low rate a
// packet waits until its block's time is over: that is the price, and `rxbench run --receiver
// packet --receiver packet-v3` shows it.
//
// Ownership: descriptor and mapping. Threading: one thread polls; drops() may be asked by another,
// one at a time.
#pragma once

#include "packet_rx/filter.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/mapping.hpp>

#include <linux/if_packet.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rxlab::packet_rx {

struct RingOptions {
    bool by_blocks = false;       // TPACKET_V3
    std::uint32_t frames = 2048;  // V3: as much memory
    // Of a slot; 0: what the interface's MTU needs. A power of two.
    std::uint32_t frame_bytes = 0;
    std::uint32_t block_ms = 1;  // V3: a block that is not full is handed over after this time
};
inline constexpr std::uint32_t kFramesMin = 64, kFramesMax = 65'536;
inline constexpr std::uint32_t kFrameBytesMin = 2'048, kFrameBytesMax = 131'072;

class PacketSocket {
  public:
    // On an interface, with its ring. Lets no frame pass until listen(). Throws program::RunError.
    PacketSocket(const std::string& interface, unsigned index, const RingOptions& options);

    void listen(const Filter& filter) { set_filter(descriptor_.get(), filter); }
    // Begins to share what comes to the interface with others of a group, by `choice`; 0: a new
    // group. Returns the group's number. Throws program::RunError.
    [[nodiscard]] std::uint16_t share(std::uint16_t group, const Filter& choice);

    [[nodiscard]] std::byte* ring() const noexcept { return ring_.data(); }
    // Slots, or with by_blocks: blocks.
    [[nodiscard]] std::uint32_t parts() const noexcept { return parts_; }
    [[nodiscard]] std::uint32_t part_bytes() const noexcept { return part_bytes_; }
    [[nodiscard]] std::size_t ring_bytes() const noexcept { return ring_.size(); }
    // How much of a frame a slot or block has room for.
    [[nodiscard]] std::uint32_t frame_bytes_max() const noexcept;

    // So far: frames that passed the filter and found no room.
    [[nodiscard]] std::uint64_t drops() noexcept;

  private:
    void make_ring(const RingOptions& options, unsigned mtu);

    program::Descriptor descriptor_;
    program::Mapping ring_;
    std::uint32_t parts_ = 0;
    std::uint32_t part_bytes_ = 0;
    bool by_blocks_;
    std::uint64_t drops_ = 0;
};

}  // namespace rxlab::packet_rx
