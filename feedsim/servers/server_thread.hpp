// SPDX-License-Identifier: MIT
//
// What the recovery servers share: the CPUs that their threads may run on, and sockets.
#pragma once

#include <rxlab/program/side_thread.hpp>
#include <rxlab/wire/address.hpp>

#include <sched.h>

#include <cstdint>
#include <optional>

namespace rxlab::feedsim {

using program::Descriptor;

// The CPUs that this thread may use now, without the send loop's if others are left.
struct ServerCpus {
    cpu_set_t set;

    static ServerCpus without(std::optional<unsigned> cpu) noexcept;
};

// A non-blocking socket of this type (SOCK_DGRAM, SOCK_STREAM), bound to `address`. Throws
// program::RunError that names `option`.
[[nodiscard]] Descriptor bind_socket(int type, const wire::Ipv4Endpoint& address,
                                     const char* option);
// Where a socket is bound. Throws program::RunError.
[[nodiscard]] wire::Ipv4Endpoint bound_address(const Descriptor& socket);

// CLOCK_MONOTONIC.
[[nodiscard]] std::uint64_t monotonic_ns() noexcept;

}  // namespace rxlab::feedsim
