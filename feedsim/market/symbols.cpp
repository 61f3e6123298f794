// SPDX-License-Identifier: MIT
#include "feedsim/market/symbols.hpp"

#include <array>
#include <span>
#include <string_view>

namespace rxlab::feedsim {

namespace {

// Without C, K, Q, T and Y, which avoids most words that nobody wants on a screen.
constexpr std::string_view kConsonants = "BDFGHJLMNPRSVWXZ";
constexpr std::string_view kVowels = "AEIOU";

using Pattern = std::span<const std::string_view>;
constexpr std::array kFourLetters{kConsonants, kVowels, kConsonants, kConsonants};
constexpr std::array kFiveLetters{kConsonants, kVowels, kConsonants, kVowels, kConsonants};

constexpr std::uint32_t count_tickers(Pattern pattern) noexcept {
    std::uint32_t tickers = 1;
    for (const std::string_view letters : pattern)
        tickers *= static_cast<std::uint32_t>(letters.size());
    return tickers;
}
static_assert(count_tickers(kFourLetters) >= 65'536 / 4);
static_assert(count_tickers(kFiveLetters) >= 65'536);

wire::Text<8> spell(std::uint64_t number, Pattern pattern) noexcept {
    // Multiplying by a prime that does not divide the count of tickers permutes the numbers below
    // it: neighbours do not look alike, and none repeats.
    number = (number * 15'485'863 + 7'919) % count_tickers(pattern);
    std::array<char, 8> text{};
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        text[i] = pattern[i][number % pattern[i].size()];
        number /= pattern[i].size();
    }
    return wire::Text<8>{std::string_view{text.data(), pattern.size()}};
}

}  // namespace

wire::Text<8> make_ticker(std::uint32_t index) noexcept {
    return index % 4 == 0 ? spell(index / 4, kFourLetters) : spell(index, kFiveLetters);
}

ActivityTable::ActivityTable(std::uint32_t symbols) : columns_(symbols) {
    std::vector<std::uint64_t> weights(symbols);
    std::uint64_t total = 0;  // below 2^32, so that a weight below it can be shifted by 32
    for (std::uint32_t i = 0; i < symbols; ++i) {
        weights[i] = (std::uint64_t{1} << 28) / (i + 5);
        total += weights[i];
    }
    // Each column is `total` high after scaling; a symbol below that gives the rest to another.
    std::vector<std::uint32_t> small;
    std::vector<std::uint32_t> large;
    for (std::uint32_t i = 0; i < symbols; ++i) {
        weights[i] *= symbols;
        (weights[i] < total ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
        const std::uint32_t low = small.back();
        const std::uint32_t high = large.back();
        small.pop_back();
        columns_[low] = {(weights[low] << 32) / total, high};
        weights[high] -= total - weights[low];
        if (weights[high] < total) {
            large.pop_back();
            small.push_back(high);
        }
    }
    for (const auto& rest : {small, large}) {
        for (const std::uint32_t i : rest)
            columns_[i] = {std::uint64_t{1} << 32, i};
    }
}

}  // namespace rxlab::feedsim
