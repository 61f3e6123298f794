// SPDX-License-Identifier: MIT
//
// kernel_rx's own options, beside those that all receivers share. Threading: stateless.
#pragma once

#include "socket_options.hpp"

#include <string_view>
#include <utility>

namespace CLI {
class App;
}

namespace rxlab::kernel_rx {

// As --mode and the summary name them.
inline constexpr std::pair<std::string_view, Mode> kModes[] = {
    {"block", Mode::block},         {"spin", Mode::spin},         {"epoll", Mode::epoll},
    {"busy-poll", Mode::busy_poll}, {"recvmmsg", Mode::recvmmsg}, {"io_uring", Mode::io_uring}};

[[nodiscard]] std::string_view name_of(Mode mode);

// Registers them on `app`; parsed values go to `options`, which must outlive `app`.
void add_socket_options(CLI::App& app, SocketOptions& options);

// Throws program::UsageError for an option that is not for the mode. Gives options that the mode
// needs their defaults, unless they were given.
void complete(const CLI::App& app, SocketOptions& options);

}  // namespace rxlab::kernel_rx
