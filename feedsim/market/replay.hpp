// SPDX-License-Identifier: MIT
//
// The messages of a length-prefixed ITCH file, as they were recorded.
// Ownership: owns the file's mapping. Threading: belongs to one thread.
#pragma once

#include "feedsim/market/message_source.hpp"

#include <rxlab/wire/itch_file.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace rxlab::feedsim {

class Replay final : public MessageSource {
  public:
    // Throws what wire::ItchFile throws; each names the file.
    explicit Replay(const std::filesystem::path& path) : file_{path} {}

    // One line about what is not ITCH 5.0 among the first thousand messages; empty if all are. Such
    // messages are sent nevertheless: what they say is the receiver's business.
    [[nodiscard]] std::string complaint() const;

    // Ends at the end of the file, before a message that the file cuts short, and before a length
    // of 0 that does not end the file.
    [[nodiscard]] std::span<const std::byte> next() noexcept override;
    [[nodiscard]] std::string failure() const override { return failure_; }

  private:
    wire::ItchFile file_;
    std::optional<wire::ItchFile::Iterator> position_;  // of the message given last
    std::string failure_;
};

}  // namespace rxlab::feedsim
