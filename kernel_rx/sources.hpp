// SPDX-License-Identifier: MIT
//
// Which mode has which source. Threading: stateless.
#pragma once

#include "epoll_source.hpp"
#ifdef RXLAB_WITH_IO_URING
#include "io_uring_source.hpp"
#endif
#include "recvmmsg_source.hpp"
#include "socket_source.hpp"

#include <rxlab/program/errors.hpp>

#include <cstddef>
#include <type_traits>

namespace rxlab::kernel_rx {

// Returns use(std::type_identity<SOURCE>{}). Throws program::UsageError where it was not built.
template <typename Use>
auto with_source_of(const SocketOptions& options, std::size_t lines, Use&& use) {
    // A thread can sleep in the read of one socket only, and not briefly (kCoarseSleep_ms).
    const bool sleeps_in_read = lines == 1 && options.sleep_ms_max >= kCoarseSleep_ms;
    switch (options.mode) {
        case Mode::recvmmsg:
            return use(std::type_identity<RecvmmsgSource>{});
        case Mode::io_uring:
#ifdef RXLAB_WITH_IO_URING
            return use(std::type_identity<IoUringSource>{});
#else
            throw program::UsageError(
                "--mode io_uring: kernel_rx was built without liburing: apt-get install "
                "liburing-dev, and build it again");
#endif
        case Mode::block:
        case Mode::busy_poll:
            if (!sleeps_in_read) break;
            [[fallthrough]];
        case Mode::spin:
            return use(std::type_identity<SocketSource>{});
        case Mode::epoll:
            break;
    }
    return use(std::type_identity<EpollSource>{});
}

}  // namespace rxlab::kernel_rx
