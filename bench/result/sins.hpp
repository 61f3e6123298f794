// SPDX-License-Identifier: MIT
//
// The classic errors of latency benchmarks, and what each makes of the same packets (schema
// kSinsSchema, docs/result-format.md). Values; reading and writing have no state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

inline constexpr const char* kSinsSchema = "rxlab.sins/1";

// What a benchmark with this error would print, in nanoseconds; none if it prints no such figure or
// has too few samples.
struct SinFigures {
    std::string sin;  // "honest" for none
    std::string how;
    std::optional<double> p50_ns, p99_ns, max_ns;
};

// One receiver's runs. The honest figures first, then those of each sin.
struct SinsSeries {
    std::string name;  // "single, kernel-spin"
    std::int64_t runs = 0;
    std::vector<SinFigures> figures;
};

struct Sins {
    std::vector<SinsSeries> series;
};

void write_sins(const std::filesystem::path& path, const Sins& sins);
// Throws std::runtime_error naming the file and what is wrong with it.
[[nodiscard]] Sins read_sins(const std::filesystem::path& path);

}  // namespace rxlab::bench
