// SPDX-License-Identifier: MIT
//
// The book that a feed's messages make, by the shortest code that can be right: a map of live
// orders, fields read at the specification's offsets, levels added up when they are asked for.
// Receivers' books are compared with it, so it shares nothing with lib/book, not even the code of
// the digest: both follow docs/contracts.md ("The digest of a book"). It is slow and has no limits
// on orders and levels; use it after a run, never in the send loop.
// Ownership: owns its orders. Threading: belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

namespace rxlab::feedsim {

// A summary of a book's state.
struct BookState {
    std::uint64_t digest = 0;  // 0: an empty book
    std::uint64_t orders = 0;  // alive
    std::uint64_t levels = 0;  // prices of one side of one symbol that have a live order
    friend bool operator==(const BookState&, const BookState&) = default;
};

class ReferenceBook {
  public:
    // Applies one ITCH 5.0 message: exactly its bytes, without the length that frames it. A message
    // that cannot be applied changes nothing. Throws std::bad_alloc.
    void apply(std::span<const std::byte> message);

    struct Order {
        std::uint16_t locate;
        bool is_ask;
        std::uint32_t price;
        std::uint32_t shares;  // those left, at least 1
    };
    // A live order.
    [[nodiscard]] std::optional<Order> find(std::uint64_t reference) const {
        const auto found = orders_.find(reference);
        return found == orders_.end() ? std::nullopt : std::optional{found->second};
    }

    // Throws std::bad_alloc.
    [[nodiscard]] BookState state() const;

  private:
    void add(std::span<const std::byte> message);
    void reduce(std::span<const std::byte> message);
    void replace(std::span<const std::byte> message);

    std::unordered_map<std::uint64_t, Order> orders_;  // by reference
};

// One digest for the books of several feeds, in their order.
[[nodiscard]] std::uint64_t digest_of_feeds(std::span<const std::uint64_t> digests) noexcept;

}  // namespace rxlab::feedsim
