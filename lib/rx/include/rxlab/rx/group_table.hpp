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

namespace rxlab::rx {

// Which line a datagram belongs to, by destination address and port, and who may send to it. A hash
// table that is at most a quarter full: one comparison finds nearly every group, however many there
// are, and all that is to be known of its line is in the same cache line.
class GroupTable {
  public:
    struct Entry {
        std::uint64_t key = kNoKey;  // wire::destination_key()
        LineId id;
        std::uint32_t source = 0;  // Line::source

        [[nodiscard]] bool takes(std::uint32_t sender) const noexcept {
            return source == 0 || source == sender;
        }
    };
    static_assert(sizeof(Entry) == 16);

    // Of a group that occurs twice, the first counts.
    explicit GroupTable(std::span<const Line> lines)
        : slots_(std::bit_ceil(kRoom * lines.size() + 2)),
          shift_{64 - std::countr_zero(slots_.size())} {
        for (const Line& line : lines) {
            const std::uint64_t key = wire::destination_key(line.group.address, line.group.port);
            std::size_t i = first_slot(key);
            while (slots_[i].key != kNoKey && slots_[i].key != key)
                i = next_slot(i);
            if (slots_[i].key == kNoKey) slots_[i] = {key, line.id, line.source};
        }
    }

    // Null: no such group.
    [[nodiscard]] const Entry* find(std::uint64_t key) const noexcept {
        for (std::size_t i = first_slot(key);; i = next_slot(i)) {
            if (slots_[i].key == key) [[likely]]
                return &slots_[i];
            if (slots_[i].key == kNoKey) return nullptr;
        }
    }

  private:
    static constexpr std::size_t kRoom = 4;
    // The key of no group: it has a bit set that is 0 in every key.
    static constexpr std::uint64_t kNoKey = std::numeric_limits<std::uint64_t>::max();

    // Multiplied by 2^64 / golden ratio, all bits of a key reach the upper ones.
    [[nodiscard]] std::size_t first_slot(std::uint64_t key) const noexcept {
        return key * 0x9e37'79b9'7f4a'7c15U >> shift_;
    }
    [[nodiscard]] std::size_t next_slot(std::size_t i) const noexcept {
        return (i + 1) & (slots_.size() - 1);
    }

    std::vector<Entry> slots_;
    int shift_;
};

}  // namespace rxlab::rx
