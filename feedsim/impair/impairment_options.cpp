// SPDX-License-Identifier: MIT
//
// The grammar of impairments: KIND=PERCENT%[xNUMBER[us]], separated by commas.
#include "feedsim/impair/impairment.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <set>
#include <stdexcept>

namespace rxlab::feedsim {

namespace {

constexpr double kBurstPacketsMax = 1e6;
constexpr double kReorderPacketsMax = 1'000;
constexpr double kDelayMax_us = 1e6;
constexpr double kGapMax = 1e12;
constexpr const char* kKinds =
    "drop=1%, burst=0.1%x20, gap=1000x100, duplicate=1%, reorder=1%x50, delay=1%x500us, "
    "corrupt=1% or truncate=1%";

[[noreturn]] void refuse(std::string_view part, std::string_view why) {
    throw std::invalid_argument(fmt::format("\"{}\": {}", part, why));
}

// Takes the number at the front of `text` off it.
std::optional<double> take_number(std::string_view& text) {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

// One KIND=… of the list.
class Part {
  public:
    explicit Part(std::string_view part) : part_{part} {
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) refuse(part, fmt::format("expected {}", kKinds));
        kind_ = part.substr(0, equals);
        rest_ = part.substr(equals + 1);
    }

    [[nodiscard]] std::string_view kind() const { return kind_; }

    double percent() {
        const auto value = take_number(rest_);
        if (!value || !take(rest_, "%") || !(*value >= 0 && *value <= 100)) {
            refuse(part_, "expected a chance from 0% to 100%, as 0.5%");
        }
        return *value / 100;
    }
    double number() {
        const auto value = take_number(rest_);
        if (!value || !(*value >= 0 && *value <= kGapMax)) {
            refuse(part_, "expected a packet's number, from 0");
        }
        return *value;
    }
    double times(double min, double max, std::string_view unit, std::string_view what) {
        std::optional<double> value;
        if (take(rest_, "x")) value = take_number(rest_);
        if (!value || !take(rest_, unit) || !(*value >= min && *value <= max)) {
            refuse(part_,
                   fmt::format("expected …xN{}, {} from {:.0f} to {:.0f}", unit, what, min, max));
        }
        return *value;
    }
    void end() const {
        if (!rest_.empty()) refuse(part_, fmt::format("\"{}\" does not belong there", rest_));
    }

  private:
    std::string_view part_;
    std::string_view kind_;
    std::string_view rest_;
};

void read(Part& part, std::string_view text, ImpairmentOptions& options) {
    const std::string_view kind = part.kind();
    if (kind == "drop") {
        options.drop = part.percent();
    } else if (kind == "burst") {
        options.burst = part.percent();
        options.burst_packets = part.times(1, kBurstPacketsMax, "", "N packets on average");
    } else if (kind == "gap") {
        options.gap_at = static_cast<std::uint64_t>(part.number());
        options.gap_packets =
            static_cast<std::uint64_t>(part.times(1, kGapMax, "", "N packets in a row"));
    } else if (kind == "duplicate") {
        options.duplicate = part.percent();
    } else if (kind == "reorder") {
        options.reorder = part.percent();
        options.reorder_packets =
            static_cast<std::uint32_t>(part.times(1, kReorderPacketsMax, "", "N packets at most"));
    } else if (kind == "delay") {
        options.delay = part.percent();
        options.delay_ns =
            static_cast<std::uint64_t>(part.times(0, kDelayMax_us, "us", "N microseconds") * 1e3);
    } else if (kind == "corrupt") {
        options.corrupt = part.percent();
    } else if (kind == "truncate") {
        options.truncate = part.percent();
    } else {
        refuse(text, fmt::format("no such impairment; use {}", kKinds));
    }
    part.end();
}

}  // namespace

ImpairmentOptions parse_impairments(std::string_view text, const ImpairmentOptions& base) {
    ImpairmentOptions options = base;
    std::set<std::string_view> seen;
    for (;;) {
        const std::size_t comma = text.find(',');
        const std::string_view one = text.substr(0, comma);
        Part part{one};
        if (!seen.insert(part.kind()).second) refuse(one, "given twice");
        read(part, one, options);
        if (comma == std::string_view::npos) return options;
        text.remove_prefix(comma + 1);
    }
}

}  // namespace rxlab::feedsim
