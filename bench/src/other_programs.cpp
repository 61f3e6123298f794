// SPDX-License-Identifier: MIT
#include <rxlab/bench/other_programs.hpp>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

// "PID (NAME) STATE …": the name may hold anything, parentheses, too. utime, stime and starttime
// are fields 14, 15 and 22.
std::optional<ProgramTime> parse(const std::string& stat) {
    const auto open = stat.find('('), close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close < open) return {};
    std::istringstream fields(stat.substr(close + 1));
    constexpr int kUser = 14, kStart = 22;
    std::string skipped;
    for (int field = 3; field < kUser; ++field)
        fields >> skipped;
    unsigned long long user = 0, system = 0;
    ProgramTime time;
    fields >> user >> system;
    for (int field = kUser + 2; field < kStart; ++field)
        fields >> skipped;
    fields >> time.started;
    if (!fields) return {};
    time.name = stat.substr(open + 1, close - open - 1);
    time.cpu_s = static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    return time;
}

}  // namespace

std::map<int, ProgramTime> read_program_times(const fs::path& root) {
    std::map<int, ProgramTime> times;
    std::error_code error;
    // Processes come and go meanwhile: what cannot be read is gone.
    for (fs::directory_iterator entry(root / "proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename();
        int id = 0;
        const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), id);
        if (bad != std::errc{} || rest != name.data() + name.size()) continue;
        std::ifstream file(entry->path() / "stat");
        const std::string stat{std::istreambuf_iterator<char>(file), {}};
        if (auto time = parse(stat)) times[id] = std::move(*time);
    }
    return times;
}

std::vector<OtherProgram> other_programs(const std::map<int, ProgramTime>& before,
                                         const std::map<int, ProgramTime>& after, double seconds,
                                         int own_process) {
    std::vector<OtherProgram> others;
    for (const auto& [id, time] : after) {
        if (id == own_process || seconds <= 0) continue;
        double used_s = time.cpu_s;
        const auto earlier = before.find(id);
        if (earlier != before.end() && earlier->second.started == time.started) {
            used_s -= earlier->second.cpu_s;
        }
        const double percent = 100 * used_s / seconds;
        if (percent >= kOtherProgramLeast_percent) others.push_back({time.name, percent});
    }
    std::stable_sort(others.begin(), others.end(),
                     [](const auto& a, const auto& b) { return a.cpu_percent > b.cpu_percent; });
    if (others.size() > kOtherPrograms) others.resize(kOtherPrograms);
    return others;
}

}  // namespace rxlab::bench
