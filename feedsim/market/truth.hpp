// SPDX-License-Identifier: MIT
//
// The book that a receiver must end with if it missed nothing: the book of a feed's messages, which
// are made again after sending, from the same seed or the same file. So the send loop keeps nothing
// for it, and what impairments did to packets does not matter. Functions without state; they
// allocate, and take several times as long as a receiver's book does.
#pragma once

#include "feedsim/market/message_source.hpp"
#include "feedsim/market/recording.hpp"
#include "feedsim/market/reference_book.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace rxlab::feedsim {

// Asked every few thousand messages; true: stop.
using GiveUp = std::function<bool()>;

// The book of the next `messages` of a source. None if `give_up` said so. Throws program::RunError
// if the source has fewer by now, and std::bad_alloc.
[[nodiscard]] std::optional<BookState> book_of(MessageSource& source, std::uint64_t messages,
                                               const GiveUp& give_up);

// The book of the first `packets` packets of a recorded feed. A recording may contain packets twice
// and in any order, and several sessions. Only messages of the last packet's session count, in the
// order of their numbers, each once. None if `give_up` said so. Throws program::RunError if a
// session came back after another (a receiver may or may not believe that), and std::bad_alloc.
[[nodiscard]] std::optional<BookState> book_of(const Recording& recording, std::size_t feed,
                                               std::uint64_t packets, const GiveUp& give_up);

}  // namespace rxlab::feedsim
