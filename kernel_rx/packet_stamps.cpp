// SPDX-License-Identifier: MIT
#include "packet_stamps.hpp"

#include <cstring>

namespace rxlab::kernel_rx {

// A stamp of 0 is none.
PacketStamps stamps_of(const msghdr& message) noexcept {
    PacketStamps found;
    msghdr walked = message;  // CMSG_NXTHDR wants it without const
    for (cmsghdr* each = CMSG_FIRSTHDR(&walked); each != nullptr;
         each = CMSG_NXTHDR(&walked, each)) {
        if (each->cmsg_level != SOL_SOCKET) continue;
        if (each->cmsg_type == SCM_TIMESTAMPNS) {
            std::memcpy(&found.kernel.emplace(), CMSG_DATA(each), sizeof(timespec));
        } else if (each->cmsg_type == SCM_TIMESTAMPING) {
            TimestampingStamps all;
            std::memcpy(&all, CMSG_DATA(each), sizeof all);
            if (all[2].tv_sec != 0 || all[2].tv_nsec != 0) found.nic = all[2];
        }
    }
    return found;
}

}  // namespace rxlab::kernel_rx
