// SPDX-License-Identifier: MIT
#include "bench/run/core_counters.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

// Eighth number of the line "cpuN …".
std::optional<double> steal_s(int cpu, const fs::path& root) {
    constexpr int kStealColumn = 8;
    std::ifstream file(root / "proc/stat");
    const std::string wanted = fmt::format("cpu{}", cpu);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        if (name != wanted) continue;
        double value = 0;
        for (int column = 0; column < kStealColumn; ++column)
            words >> value;
        if (!words) return std::nullopt;
        return value / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }
    return std::nullopt;
}

// Sum of a CPU's column over the rows that `counts` accepts. The first line names the columns
// ("CPU0 CPU2"); rows without a number there (ERR, MIS) have one count for the whole machine.
template <typename Counts>
std::optional<std::uint64_t> column_sum(const fs::path& path, int cpu, Counts counts) {
    std::ifstream file(path);
    std::string line, word;
    if (!std::getline(file, line)) return std::nullopt;
    std::istringstream heads(line);
    std::vector<std::string> columns;
    while (heads >> word)
        columns.push_back(word);
    const auto found = std::find(columns.begin(), columns.end(), fmt::format("CPU{}", cpu));
    if (found == columns.end()) return std::nullopt;
    std::uint64_t sum = 0;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        if (!(words >> word) || !counts(word)) continue;
        std::uint64_t value = 0;
        auto column = columns.begin();
        for (; words >> value && column != found; ++column) {
        }
        if (words && column == found) sum += value;
    }
    return sum;
}

std::optional<double> frequency_khz(int cpu, const fs::path& root) {
    std::ifstream file(root /
                       fmt::format("sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq", cpu));
    double value = 0;
    if (!(file >> value) || value <= 0) return std::nullopt;
    return value;
}

}  // namespace

CoreCounters read_core_counters(int cpu, const fs::path& root) {
    return {steal_s(cpu, root),
            column_sum(root / "proc/interrupts", cpu, [](const std::string&) { return true; }),
            column_sum(root / "proc/softirqs", cpu,
                       [](const std::string& row) { return row == "NET_RX:"; }),
            frequency_khz(cpu, root)};
}

CoreReport between(const CoreCounters& before, const CoreCounters& after) {
    CoreReport report;
    if (before.steal_s && after.steal_s) report.steal_s = *after.steal_s - *before.steal_s;
    if (before.interrupts && after.interrupts) {
        report.interrupts = *after.interrupts - *before.interrupts;
    }
    if (before.receive_softirqs && after.receive_softirqs) {
        report.receive_softirqs = *after.receive_softirqs - *before.receive_softirqs;
    }
    if (before.frequency_khz && after.frequency_khz) {
        report.frequency_change_percent =
            std::abs(*after.frequency_khz - *before.frequency_khz) / *before.frequency_khz * 100;
    }
    return report;
}

}  // namespace rxlab::bench
