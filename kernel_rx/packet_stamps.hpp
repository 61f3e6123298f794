// SPDX-License-Identifier: MIT
//
// The stamps that come with a datagram, in its control message. Threading: stateless.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <ctime>
#include <optional>

namespace rxlab::kernel_rx {

struct PacketStamps {
    std::optional<timespec> kernel{};  // on receipt, of CLOCK_REALTIME (SCM_TIMESTAMPNS)
    std::optional<timespec> nic{};     // the NIC's, of its own clock (SCM_TIMESTAMPING)
};

// Three stamps of SO_TIMESTAMPING: software's, one that no driver gives any more, the NIC's
// (Documentation/networking/timestamping.rst, 2.1).
using TimestampingStamps = std::array<timespec, 3>;

// Of a datagram: room for both messages.
inline constexpr std::size_t kControlBytes =
    CMSG_SPACE(sizeof(timespec)) + CMSG_SPACE(sizeof(TimestampingStamps));

[[nodiscard]] PacketStamps stamps_of(const msghdr& message) noexcept;

}  // namespace rxlab::kernel_rx
