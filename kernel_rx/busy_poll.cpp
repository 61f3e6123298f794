// SPDX-License-Identifier: MIT
#include "busy_poll.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace rxlab::kernel_rx {
namespace {

// The headers of Debian 12 are older than these: linux/eventpoll.h and linux/io_uring.h of 6.9.
struct EpollParams {
    std::uint32_t busy_poll_us;
    std::uint16_t busy_poll_budget;
    std::uint8_t prefer_busy_poll;
    std::uint8_t padding;
};
static_assert(sizeof(EpollParams) == 8);
constexpr unsigned long kEpollSetParams = _IOW(0x8A, 0x01, EpollParams);

struct RingNapi {
    std::uint32_t busy_poll_us;
    std::uint8_t prefer_busy_poll;
    std::uint8_t opcode;  // 0: registers
    std::uint8_t padding[2];
    std::uint32_t tracking;  // 0: the ids of packets, as they come
    std::uint32_t reserved;
};
static_assert(sizeof(RingNapi) == 16);
constexpr unsigned kRegisterNapi = 27;

// The remedy where the kernel does not know the ioctl, or the operation of a ring.
constexpr const char* kSince = "needs Linux 6.9; net.core.busy_poll would change the whole host";

void set(int socket, int name, int value, const char* operation) {
    if (setsockopt(socket, SOL_SOCKET, name, &value, sizeof value) == 0) return;
    throw program::RunError(errno, fmt::format("{} to {}", operation, value),
                            errno == EPERM ? "run as root (CAP_NET_ADMIN)" : "");
}

}  // namespace

bool busy_poll_socket(int socket, const BusyPoll& how) {
    set(socket, SO_BUSY_POLL, static_cast<int>(how.us_max), "set SO_BUSY_POLL");
    if (how.budget_packets)
        set(socket, SO_BUSY_POLL_BUDGET, *how.budget_packets, "set SO_BUSY_POLL_BUDGET");
    const int on = 1;
    return setsockopt(socket, SOL_SOCKET, SO_PREFER_BUSY_POLL, &on, sizeof on) == 0;
}

void busy_poll_epoll(int epoll, const BusyPoll& how) {
    const EpollParams params{how.us_max, how.budget_packets.value_or(0), 0, 0};
    if (ioctl(epoll, kEpollSetParams, &params) == 0) return;
    const bool is_unknown = errno == ENOTTY || errno == EINVAL;
    throw program::RunError(errno, "let epoll_wait busy-poll (EPIOCSPARAMS)",
                            is_unknown ? kSince : "a budget over 64 needs root (CAP_NET_ADMIN)");
}

void busy_poll_ring(int ring, const BusyPoll& how) {
    RingNapi napi{how.us_max, 0, 0, {}, 0, 0};
    if (syscall(__NR_io_uring_register, ring, kRegisterNapi, &napi, 1) == 0) return;
    throw program::RunError(errno, "let io_uring busy-poll (IORING_REGISTER_NAPI)", kSince);
}

bool has_napi(int socket) noexcept {
    unsigned id = 0;
    socklen_t size = sizeof id;
    return getsockopt(socket, SOL_SOCKET, SO_INCOMING_NAPI_ID, &id, &size) == 0 && id != 0;
}

}  // namespace rxlab::kernel_rx
