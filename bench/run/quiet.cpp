// SPDX-License-Identifier: MIT
#include "bench/run/quiet.hpp"

#include "bench/run/other_programs.hpp"
#include "bench/run/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <vector>

namespace rxlab::bench {
namespace {

std::vector<OtherProgram> look_for_a_second() {
    const CpuUse before = read_cpu_use();
    const Deadline end = in(Milliseconds{1'000});
    while (wait_for_event({}, end)) {
    }
    return other_programs(before, read_cpu_use(), 1);
}

}  // namespace

void wait_until_quiet() {
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
    fmt::print(stderr,
               "rxbench: they still do; measuring all the same, and the gates will say it\n");
}

}  // namespace rxlab::bench
