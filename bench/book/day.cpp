// SPDX-License-Identifier: MIT
#include "day.hpp"

#include "feedsim/market/market.hpp"
#include "other_market.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/near.hpp>
#include <rxlab/wire/itch_census.hpp>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <string>

namespace rxlab::book_bench {
namespace {

constexpr std::array kNamedDays{
    NamedDay{"nasdaq", "8,000 symbols, a real day's mix: that of feedsim --write-itch"},
    NamedDay{"sparse", "references scattered below 2^40, locates up to 60,000"},
    NamedDay{"wide", "prices anywhere in the legal range: a level for almost every order"},
    NamedDay{"churn", "many replaces and executions, mostly of old orders"},
    NamedDay{"uniform", "8,000 symbols that are all alike: the caches' worst case"},
    NamedDay{"bursts", "seven adds in ten are about the symbol of the one before"},
};

constexpr std::size_t kBytesMean = 34;  // per message, with its length field

template <typename Source>
Day collect(std::string_view name, std::uint64_t messages, Source&& next) {
    Day day;
    day.name = name;
    day.messages = messages;
    day.made.reserve(messages * kBytesMean);
    for (std::uint64_t i = 0; i < messages; ++i) {
        const std::span<const std::byte> message = next();
        day.made.push_back(static_cast<std::byte>(message.size() >> 8));
        day.made.push_back(static_cast<std::byte>(message.size() & 0xff));
        day.made.insert(day.made.end(), message.begin(), message.end());
    }
    day.frames = day.made;
    return day;
}

OtherMarketModel model_of(std::string_view name) {
    OtherMarketModel model;
    if (name == "sparse") {
        model.symbols = 60'000;
        model.sparse_references = true;
    } else if (name == "wide") {
        model.prices_anywhere = true;
    } else if (name == "uniform") {
        model.all_alike = true;
    } else if (name == "bursts") {
        // Of the price changes of a future, more than seven in ten were found to be answers to
        // earlier ones (Filimonov and Sornette, "Quantifying reflexivity in financial markets",
        // 2012, arXiv:1201.3572).
        model.same_symbol_percent = 70;
    } else {
        model.mix = {.add = 300,
                     .attributed = 30,
                     .remove = 190,
                     .replace = 250,
                     .execute = 130,
                     .cancel = 30,
                     .execute_at = 20};
        model.recent_percent = 30;
    }
    return model;
}

}  // namespace

std::span<const NamedDay> named_days() noexcept {
    return kNamedDays;
}

Day read_day(const std::string& path) {
    Day day;
    day.name = path;
    day.file = std::make_unique<wire::ItchFile>(path);
    std::size_t bytes = 0;
    wire::ItchCensus census;
    for (const std::span<const std::byte> message : *day.file) {
        census.count(message);
        bytes += 2 + message.size();
    }
    day.messages = census.messages;
    if (day.messages == 0) {
        throw program::RunError(fmt::format("read {}: it holds no message", path));
    }
    const std::string complaint = census.complaint();
    if (!census.is_itch()) {
        throw program::RunError(
            fmt::format("read {}: {}; there is nothing to measure", path, complaint));
    }
    if (!complaint.empty()) fmt::print(stderr, "book_bench: {}: {}\n", path, complaint);
    day.frames = day.file->bytes().first(bytes);
    return day;
}

Day make_day(std::string_view name, std::uint64_t messages, std::uint64_t seed) {
    if (name == "nasdaq") {
        feedsim::Market market{{.seed = seed, .symbols = 8'000, .messages_expected = messages}};
        return collect(name, messages, [&] { return market.next(); });
    }
    for (const NamedDay& day : kNamedDays) {
        if (day.name != name) continue;
        OtherMarket market{model_of(name), seed};
        return collect(name, messages, [&] { return market.next(); });
    }
    std::vector<std::string> names;
    for (const NamedDay& day : kNamedDays)
        names.emplace_back(day.name);
    throw program::UsageError(fmt::format("--day {}: the days are {}{}", name,
                                          fmt::join(names, ", "),
                                          program::did_you_mean(name, names)));
}

}  // namespace rxlab::book_bench
