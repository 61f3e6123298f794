// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <rxlab/program/command_line.hpp>

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <vector>

namespace rxlab::kernel_rx {
namespace {

// Longer than the time between two packets of a busy feed: a thread that gives up before the next
// packet comes has gained nothing.
constexpr std::uint32_t kBusyPollDefault_us = 200;

// The kernel takes no larger ring of provided buffers.
constexpr unsigned kUringBuffersMax = 32'768;

std::string power_of_two(const std::string& text) {
    unsigned value = 0;
    if (CLI::detail::lexical_cast(text, value) && std::has_single_bit(value)) return {};
    return text + " is not a power of two";
}

void refuse_unless(bool fits, const CLI::App& app, const char* option, const char* modes) {
    if (fits || app.count(option) == 0) return;
    throw program::UsageError(std::string{option} + " is for --mode " + modes);
}

}  // namespace

std::string_view name_of(Mode mode) {
    return std::ranges::find(kModes, mode, [](const auto& each) { return each.second; })->first;
}

void add_socket_options(CLI::App& app, SocketOptions& options) {
    std::vector<std::pair<std::string, Mode>> modes;
    for (const auto& [word, mode] : kModes)
        modes.emplace_back(word, mode);
    program::add_choice<Mode>(
        app, "--mode", options.mode, modes,
        "how to wait and to read: sleep in the read (block), never sleep (spin), sleep on all "
        "sockets (epoll), let the read poll the NIC's queue before it sleeps (busy-poll), spin and "
        "take several at once (recvmmsg), or through rings in memory (io_uring)");
    program::add_value(app, "--receive-buffer", options.receive_buffer_bytes, "BYTES",
                       "SO_RCVBUF of each socket",
                       CLI::Range(4'096, std::numeric_limits<int>::max() / 2));
    app.add_flag("--kernel-timestamps", options.kernel_timestamps,
                 "let the kernel stamp packets on their way in (SO_TIMESTAMPNS): the trace tells "
                 "how long each took from there; costs each packet a little");
    app.add_flag("--hardware-timestamps", options.hardware_timestamps,
                 "have the network card stamp packets as they come in (SO_TIMESTAMPING): the trace "
                 "tells how long each took from there; needs root");
    program::add_value(
        app, "--busy-poll", options.busy_poll.us_max, "MICROSECONDS",
        "modes busy-poll (default 200) and io_uring (default: it spins instead): how "
        "long to poll before sleeping",
        CLI::Range(std::uint32_t{1}, std::uint32_t{10'000'000}));
    program::add_value(app, "--busy-poll-budget", options.busy_poll.budget_packets, "PACKETS",
                       "mode busy-poll: most that one poll takes from the queue; more than the "
                       "kernel's own needs root",
                       CLI::Range(1, 65'535));
    program::add_value(app, "--uring-buffers", options.uring.buffers, "N",
                       "mode io_uring: buffers that datagrams are put into",
                       CLI::Range(1U, kUringBuffersMax) & CLI::Validator{power_of_two, "", ""});
    app.add_flag("--sqpoll", options.uring.kernel_thread,
                 "mode io_uring: a kernel thread does the kernel's part, and no system call is "
                 "left; it needs a CPU of its own");
    program::add_value(app, "--sqpoll-cpu", options.uring.kernel_thread_cpu, "N",
                       "run that thread on this CPU")
        ->needs("--sqpoll");
}

void complete(const CLI::App& app, SocketOptions& options) {
    const bool is_uring = options.mode == Mode::io_uring;
    const bool is_busy = options.mode == Mode::busy_poll;
    refuse_unless(is_busy || is_uring, app, "--busy-poll", "busy-poll or io_uring");
    refuse_unless(is_busy, app, "--busy-poll-budget", "busy-poll");
    refuse_unless(is_uring, app, "--uring-buffers", "io_uring");
    refuse_unless(is_uring, app, "--sqpoll", "io_uring");
    if (is_busy && options.busy_poll.us_max == 0) options.busy_poll.us_max = kBusyPollDefault_us;
}

}  // namespace rxlab::kernel_rx
