// SPDX-License-Identifier: MIT
#pragma once

#include <rxlab/rx/options.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rxlab::dpdk_rx {

// Which line a datagram belongs to, by destination address and port. A hash table that is at most a
// quarter full: one comparison finds nearly every group, however many there are.
class GroupTable {
  public:
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

    // Of a group that occurs twice, the first counts.
    explicit GroupTable(std::span<const rx::Line> lines)
        : slots_(std::bit_ceil(kRoom * lines.size() + 2)),
          shift_{64 - std::countr_zero(slots_.size())} {
        for (std::size_t index = 0; index < lines.size(); ++index) {
            const wire::Ipv4Endpoint& group = lines[index].group;
            Slot& slot = slot_of(wire::destination_key(group.address, group.port));
            if (slot.line != kNone) continue;
            slot.key = wire::destination_key(group.address, group.port);
            slot.line = static_cast<std::uint32_t>(index);
        }
    }

    // `key`: wire::destination_key(). kNone: no such group.
    [[nodiscard]] std::uint32_t find(std::uint64_t key) const noexcept { return slot_of(key).line; }

  private:
    static constexpr std::size_t kRoom = 4;

    struct Slot {
        std::uint64_t key = 0;  // of no group: 0.0.0.0 is no destination
        std::uint32_t line = kNone;
    };

    // The key's slot, or the free one where the search for it ends. Multiplied by 2^64 / golden
    // ratio, all bits of a key reach the upper ones.
    [[nodiscard]] const Slot& slot_of(std::uint64_t key) const noexcept {
        std::size_t i = key * 0x9e37'79b9'7f4a'7c15U >> shift_;
        while (slots_[i].key != key && slots_[i].line != kNone)
            i = (i + 1) & (slots_.size() - 1);
        return slots_[i];
    }
    [[nodiscard]] Slot& slot_of(std::uint64_t key) noexcept {
        return const_cast<Slot&>(static_cast<const GroupTable*>(this)->slot_of(key));
    }

    std::vector<Slot> slots_;
    int shift_;
};

}  // namespace rxlab::dpdk_rx
