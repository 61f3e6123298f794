// SPDX-License-Identifier: MIT
//
// The days that books are measured on: length-prefixed ITCH messages in memory, read from a file or
// made here. Made days are the same for the same seed. Threading: values.
#pragma once

#include <rxlab/wire/itch_file.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rxlab::book_bench {

struct Day {
    std::string name;
    std::span<const std::byte> frames;  // each message behind its length, no end mark
    std::uint64_t messages = 0;

    // What `frames` views.
    std::unique_ptr<wire::ItchFile> file;
    std::vector<std::byte> made;
};

// Reads every message once, so the file is in memory afterwards. Throws what wire::ItchFile says,
// and program::RunError where no more than half of the messages are ITCH 5.0; where a few are not,
// standard error says how many.
[[nodiscard]] Day read_day(const std::string& path);

// The days that make_day() knows, with a line of description each.
struct NamedDay {
    std::string_view name, text;
};
[[nodiscard]] std::span<const NamedDay> named_days() noexcept;

// Throws program::UsageError for a name that is none of named_days().
[[nodiscard]] Day make_day(std::string_view name, std::uint64_t messages, std::uint64_t seed);

}  // namespace rxlab::book_bench
