// SPDX-License-Identifier: MIT
#include "feedsim/send/network_interface.hpp"

#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rxlab::feedsim {

NetworkInterface NetworkInterface::find(const std::string& name) {
    const unsigned index = if_nametoindex(name.c_str());
    if (index == 0) throw program::RunError(errno, "use interface " + name, "see `ip link`");
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) throw program::RunError(errno, "open a socket");
    const auto ask = [&](unsigned long request, ifreq& answer) {
        std::strncpy(answer.ifr_name, name.c_str(), IFNAMSIZ - 1);
        return ioctl(probe, request, &answer) == 0;
    };
    ifreq flags{};
    ifreq mac{};
    ifreq address{};
    const bool known = ask(SIOCGIFFLAGS, flags);
    const int error = errno;
    NetworkInterface found{static_cast<int>(index), {}, 0};
    if (ask(SIOCGIFHWADDR, mac)) std::memcpy(&found.mac, mac.ifr_hwaddr.sa_data, sizeof found.mac);
    if (ask(SIOCGIFADDR, address)) {
        sockaddr_in ip{};
        std::memcpy(&ip, &address.ifr_addr, sizeof ip);
        found.address = ntohl(ip.sin_addr.s_addr);
    }
    close(probe);
    if (!known) throw program::RunError(error, "read the flags of interface " + name);
    if ((flags.ifr_flags & IFF_UP) == 0) {
        throw program::RunError(ENETDOWN, "use interface " + name,
                                fmt::format("`ip link set {} up` starts it", name));
    }
    return found;
}

}  // namespace rxlab::feedsim
