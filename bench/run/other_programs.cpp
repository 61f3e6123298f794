// SPDX-License-Identifier: MIT
#include "bench/run/other_programs.hpp"

#include "bench/run/process.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

double ticks_a_second() {
    return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// A program chooses its name, and the kernel cuts it after 15 bytes. Characters that are not
// printable ASCII, or that mean something in Markdown, are kept out of results. Kernel threads are
// in brackets, as in ps(1).
std::string shown_name(std::string name, bool is_kernel_thread) {
    for (char& c : name) {
        const bool is_plain = c >= ' ' && c <= '~';
        if (!is_plain || std::string_view{"|<>*`[]\\"}.find(c) != std::string_view::npos) c = '?';
    }
    return is_kernel_thread ? '[' + name + ']' : name;
}

// "PID (NAME) STATE …". The name may contain anything, even parentheses. flags, utime, stime and
// starttime are fields 9, 14, 15 and 22.
std::optional<ProgramTime> parse(const std::string& stat) {
    const auto open = stat.find('('), close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close < open) return {};
    std::istringstream fields(stat.substr(close + 1));
    constexpr int kFlags = 9, kUser = 14, kStart = 22;
    constexpr unsigned long long kKernelThread = 0x0020'0000;  // PF_KTHREAD of linux/sched.h
    int next = 3;
    const auto field = [&](int number) {
        for (std::string skipped; next < number; ++next)
            fields >> skipped;
        ++next;
        unsigned long long value = 0;
        fields >> value;
        return value;
    };
    const unsigned long long flags = field(kFlags), user = field(kUser), system = field(kUser + 1);
    ProgramTime time;
    time.started = field(kStart);
    if (!fields) return {};
    time.name = shown_name(stat.substr(open + 1, close - open - 1), (flags & kKernelThread) != 0);
    time.cpu_s = static_cast<double>(user + system) / ticks_a_second();
    return time;
}

// "cpu USER NICE SYSTEM …", of all CPUs.
std::optional<double> busy_s(const fs::path& root) {
    std::ifstream file(root / "proc/stat");
    std::string name;
    double user = 0, nice = 0, system = 0;
    if (!(file >> name >> user >> nice >> system) || name != "cpu") return std::nullopt;
    return (user + nice + system) / ticks_a_second();
}

double own_s() {
    double sum_s = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        ::getrusage(who, &usage);
        for (const timeval& time : {usage.ru_utime, usage.ru_stime})
            sum_s += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }
    return sum_s;
}

std::vector<OtherProgram> look_for_a_second() {
    const CpuUse before = read_cpu_use();
    const Deadline end = in(Milliseconds{1'000});
    while (wait_for_event({}, end)) {
    }
    return other_programs(before, read_cpu_use(), 1);
}

}  // namespace

CpuUse read_cpu_use(const fs::path& root) {
    CpuUse use;
    use.busy_s = busy_s(root);
    use.own_s = own_s();
    std::error_code error;
    // Processes come and go meanwhile; one that cannot be read has ended.
    for (fs::directory_iterator entry(root / "proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename();
        int id = 0;
        const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), id);
        if (bad != std::errc{} || rest != name.data() + name.size() || id == ::getpid()) continue;
        std::ifstream file(entry->path() / "stat");
        const std::string stat{std::istreambuf_iterator<char>(file), {}};
        if (auto time = parse(stat)) use.programs[id] = std::move(*time);
    }
    return use;
}

std::vector<OtherProgram> other_programs(const CpuUse& before, const CpuUse& after,
                                         double seconds) {
    if (seconds <= 0) return {};
    std::vector<OtherProgram> others;
    double known_s = after.own_s - before.own_s;
    const auto add = [&](const std::string& name, double used_s, double least_percent) {
        const double percent = 100 * used_s / seconds;
        if (percent >= least_percent) others.push_back({name, percent});
    };
    for (const auto& [id, time] : after.programs) {
        double used_s = time.cpu_s;
        const auto earlier = before.programs.find(id);
        if (earlier != before.programs.end() && earlier->second.started == time.started) {
            used_s -= earlier->second.cpu_s;
        }
        known_s += used_s;
        add(time.name, used_s, kOtherProgramLeast_percent);
    }
    if (before.busy_s && after.busy_s) {
        add(kNameless, *after.busy_s - *before.busy_s - known_s, kNamelessLeast_percent);
    }
    std::stable_sort(others.begin(), others.end(),
                     [](const auto& a, const auto& b) { return a.cpu_percent > b.cpu_percent; });
    if (others.size() > kOtherPrograms) others.resize(kOtherPrograms);
    return others;
}

void wait_until_quiet() {
    constexpr double kBusy_percent = 10;
    constexpr int kLooks = 30;
    for (int look = 0; look < kLooks; ++look) {
        const std::vector<OtherProgram> others = look_for_a_second();
        double percent = 0;
        for (const OtherProgram& other : others)
            percent += other.cpu_percent;
        const double cpus = std::max(1U, std::thread::hardware_concurrency());
        if (percent <= kBusy_percent * cpus) return;
        if (look == 0) {
            fmt::print(stderr,
                       "rxbench: {} uses {:.0f}% of a CPU, all others together {:.0f}%: waiting up "
                       "to {} s for that to end\n",
                       others.front().name, others.front().cpu_percent, percent, kLooks);
        }
    }
    fmt::print(stderr, "rxbench: the CPUs are still busy; measuring all the same, see the gates\n");
}

}  // namespace rxlab::bench
