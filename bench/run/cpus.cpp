// SPDX-License-Identifier: MIT
#include "bench/run/cpus.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace rxlab::bench {
namespace {

int parse_number(std::string_view text, std::string_view list) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
        throw std::runtime_error(fmt::format("'{}' is not a list of CPUs", list));
    }
    return value;
}

void require_allowed(const std::vector<int>& allowed, int cpu, std::string_view option) {
    if (std::binary_search(allowed.begin(), allowed.end(), cpu)) return;
    throw program::UsageError(fmt::format("{} {}: no such CPU, or not allowed here; allowed are {}",
                                          option, cpu, fmt::join(allowed, ",")));
}

}  // namespace

std::vector<int> parse_cpu_list(std::string_view list) {
    std::vector<int> cpus;
    std::string_view rest = list;
    while (!rest.empty()) {
        const std::string_view item = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(item.size() + 1, rest.size()));
        const std::size_t dash = item.find('-');
        const int first = parse_number(item.substr(0, dash), list);
        const int last =
            dash == std::string_view::npos ? first : parse_number(item.substr(dash + 1), list);
        for (int cpu = first; cpu <= last; ++cpu)
            cpus.push_back(cpu);
    }
    std::sort(cpus.begin(), cpus.end());
    return cpus;
}

std::vector<int> allowed_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0) {
        throw std::system_error(errno, std::generic_category(), "read the CPU affinity");
    }
    std::vector<int> cpus;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
    return cpus;
}

CpuPair choose_cpus(const std::vector<int>& allowed, const std::vector<int>& isolated,
                    std::optional<int> sender, std::optional<int> receiver) {
    if (allowed.size() < 2) {
        throw program::UsageError(
            "rxbench needs 2 CPUs, one for the sender and one for the receiver, and may use only "
            "1 here; see `nproc` and `taskset -p $$`");
    }
    if (sender) require_allowed(allowed, *sender, "--sender-cpu");
    if (receiver) require_allowed(allowed, *receiver, "--receiver-cpu");
    if (sender && receiver && *sender == *receiver) {
        throw program::UsageError(fmt::format(
            "--sender-cpu {} and --receiver-cpu {}: they must differ, or each waits for the other",
            *sender, *receiver));
    }
    std::vector<int> preferred;
    for (int cpu : isolated) {
        if (std::binary_search(allowed.begin(), allowed.end(), cpu)) preferred.push_back(cpu);
    }
    preferred.insert(preferred.end(), allowed.begin(), allowed.end());
    const auto pick = [&](std::optional<int> other) {
        return *std::find_if(preferred.begin(), preferred.end(),
                             [&](int cpu) { return !other || cpu != *other; });
    };
    if (!sender) sender = pick(receiver);
    if (!receiver) receiver = pick(sender);
    return {*sender, *receiver};
}

std::vector<int> receiver_cpus(std::size_t count, const CpuPair& cpus,
                               const std::vector<int>& allowed, const std::vector<int>& isolated) {
    std::vector<int> chosen{cpus.receiver};
    const auto add = [&](const std::vector<int>& more) {
        for (const int cpu : more) {
            const bool is_free = cpu != cpus.sender && std::ranges::count(chosen, cpu) == 0 &&
                                 std::binary_search(allowed.begin(), allowed.end(), cpu);
            if (is_free && chosen.size() < count) chosen.push_back(cpu);
        }
    };
    add(isolated);
    add(allowed);
    return chosen;
}

void stay_off(int sender, const std::vector<int>& receivers, const std::vector<int>& allowed) {
    cpu_set_t set;
    CPU_ZERO(&set);
    const bool has_another = allowed.size() > receivers.size() + 1;
    for (int cpu : allowed) {
        const bool is_busy =
            std::ranges::count(receivers, cpu) != 0 || (cpu == sender && has_another);
        if (!is_busy) CPU_SET(cpu, &set);
    }
    if (::sched_setaffinity(0, sizeof set, &set) != 0) {
        throw std::system_error(errno, std::generic_category(), "set the CPU affinity of rxbench");
    }
}

}  // namespace rxlab::bench
