// SPDX-License-Identifier: MIT
//
// The days that books are measured with: length-prefixed ITCH messages in memory, read from a file
// or made here. The same seed makes the same day. Threading: values.
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
    std::span<const std::byte> frames;  // each message after its length; no end mark
    std::uint64_t messages = 0;

    // The file that `frames` points into.
    std::unique_ptr<wire::ItchFile> file;
    std::vector<std::byte> made;
};

// Reads every message once, so the file is in memory afterwards. Throws what wire::ItchFile says,
// and program::RunError unless more than half of the messages are ITCH 5.0. If a few are not, it
// prints their number to standard error.
[[nodiscard]] Day read_day(const std::string& path);

// The days that make_day() knows, each with a one-line description.
struct NamedDay {
    std::string_view name, text;
};
[[nodiscard]] std::span<const NamedDay> named_days() noexcept;

// Throws program::UsageError for a name that is not in named_days().
[[nodiscard]] Day make_day(std::string_view name, std::uint64_t messages, std::uint64_t seed);

}  // namespace rxlab::book_bench
