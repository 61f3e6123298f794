// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/eal_exit.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace rxlab::dpdk_rx {
namespace {

constexpr int kWrongUsage = 2;

// Handlers of exit() cannot be taken back: this one is registered once, and does nothing while no
// watch is there.
bool watched = false;
OutputCapture* captured = nullptr;

void explain(int status, void*) {
    if (!watched) return;
    watched = false;
    const std::string output = captured != nullptr ? captured->finish() : std::string{};
    if (status == 0) {
        std::fputs(output.c_str(), stdout);
        return;
    }
    const std::string complaint = complaint_in(output);
    std::fflush(stdout);
    fmt::print(stderr, "{}: {}\n", program_invocation_short_name,
               refused_options(complaint.empty() ? "see above" : complaint));
    // exit() must not be called again, and what EAL had begun would not survive destructors.
    _exit(kWrongUsage);
}

}  // namespace

ExitWatch::ExitWatch(OutputCapture* capture) {
    // Unlike that of atexit(), its handler is told the status.
    [[maybe_unused]] static const int registered = on_exit(explain, nullptr);
    captured = capture;
    watched = true;
}

ExitWatch::~ExitWatch() {
    watched = false;
    captured = nullptr;
}

std::string refused_options(const std::string& complaint) {
    return fmt::format("EAL options: {}; they are listed by `dpdk_rx --eal-help`", complaint);
}

}  // namespace rxlab::dpdk_rx
