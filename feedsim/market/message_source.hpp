// SPDX-License-Identifier: MIT
//
// Where a feed's messages come from: the synthetic market or a recorded file.
// Threading: a source belongs to one thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace rxlab::feedsim {

class MessageSource {
  public:
    MessageSource() = default;
    MessageSource(const MessageSource&) = delete;
    MessageSource& operator=(const MessageSource&) = delete;
    virtual ~MessageSource() = default;

    // The next ITCH message, without the length that frames it in files and packets; empty at the
    // end. Valid until the next call.
    [[nodiscard]] virtual std::span<const std::byte> next() noexcept = 0;
    // One line that says why the source ended too early; empty if it did not.
    [[nodiscard]] virtual std::string failure() const { return {}; }
};

}  // namespace rxlab::feedsim
