// SPDX-License-Identifier: MIT
#include <rxlab/program/near.hpp>

#include <algorithm>
#include <cstddef>

namespace rxlab::program {
namespace {

std::string_view without_dashes(std::string_view word) {
    return word.substr(std::min(word.find_first_not_of('-'), word.size()));
}

// "Optimal string alignment": the Damerau-Levenshtein distance in which no part is changed twice.
std::size_t typing_errors(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before = last;
        last = row;
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t other = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + other});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
    word = without_dashes(word);
    if (word.size() < 3) return std::nullopt;
    const std::string* found = nullptr;
    std::size_t fewest = word.size() / 3 + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t errors = typing_errors(word, without_dashes(candidate));
        if (errors >= fewest) continue;
        found = &candidate;
        fewest = errors;
    }
    if (found != nullptr) return *found;
    const auto continues = [word](const std::string& candidate) {
        return without_dashes(candidate).starts_with(word);
    };
    if (std::ranges::count_if(candidates, continues) != 1) return std::nullopt;
    return *std::ranges::find_if(candidates, continues);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const auto meant = nearest(word, candidates);
    return meant ? "; did you mean " + *meant + '?' : std::string{};
}

}  // namespace rxlab::program
