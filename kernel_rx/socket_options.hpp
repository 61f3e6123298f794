// SPDX-License-Identifier: MIT
//
// How kernel_rx is to read its sockets: one mode, and what some of the modes can be told.
#pragma once

#include <cstdint>
#include <optional>

namespace rxlab::kernel_rx {

enum class Mode { block, spin, epoll, busy_poll, recvmmsg, io_uring };

// Polling the queue of the NIC inside the system call that waits (socket(7): SO_BUSY_POLL).
struct BusyPoll {
    std::uint32_t us_max = 0;                       // how long before it sleeps; 0: not at all
    std::optional<std::uint16_t> budget_packets{};  // of one poll; unset: the kernel's default
};

struct UringOptions {
    unsigned buffers = 128;      // a power of two
    unsigned completions = 0;    // room for them; 0: enough for all
    bool kernel_thread = false;  // IORING_SETUP_SQPOLL
    std::optional<unsigned> kernel_thread_cpu{};
};

struct SocketOptions {
    Mode mode = Mode::spin;
    std::optional<int> receive_buffer_bytes{};  // SO_RCVBUF; unset: the system's default
    bool kernel_timestamps = false;             // SO_TIMESTAMPNS: fills StampAges::kernel_ns
    bool hardware_timestamps = false;           // SO_TIMESTAMPING: fills StampAges::nic_ns
    int sleep_ms_max = 100;                     // where it sleeps: a poll returns after that
    double link_wait_s = 5;                     // how long the link may be down
    BusyPoll busy_poll{};                       // of modes busy_poll and io_uring
    UringOptions uring{};

    // Packets come with stamps.
    [[nodiscard]] bool stamped() const noexcept { return kernel_timestamps || hardware_timestamps; }
    [[nodiscard]] bool sleeps() const noexcept {
        if (mode == Mode::io_uring) return busy_poll.us_max > 0 && !uring.kernel_thread;
        return mode == Mode::block || mode == Mode::epoll || mode == Mode::busy_poll;
    }
};

// SO_RCVTIMEO counts in ticks of the kernel (up to 10 ms), epoll_wait(2) does not: shorter sleeps
// use the latter.
inline constexpr int kCoarseSleep_ms = 50;

}  // namespace rxlab::kernel_rx
