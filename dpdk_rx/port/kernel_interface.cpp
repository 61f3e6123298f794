// SPDX-License-Identifier: MIT
#include "dpdk_rx/port/kernel_interface.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

namespace rxlab::dpdk_rx {
namespace {

ifreq request_for(const std::string& name) noexcept {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

std::string name_of(unsigned index) {
    ifreq request{};
    if (index == 0 || if_indextoname(index, request.ifr_name) == nullptr) return {};
    return std::string(request.ifr_name);
}

}  // namespace

KernelInterface::KernelInterface(unsigned index) : index_{index}, name_{name_of(index)} {
    if (!name_.empty())
        socket_ = program::Descriptor{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
}

std::optional<std::uint32_t> KernelInterface::address() const noexcept {
    ifreq request = request_for(name_);
    if (!exists() || ioctl(socket_.get(), SIOCGIFADDR, &request) != 0) return std::nullopt;
    sockaddr_in address{};
    std::memcpy(&address, &request.ifr_addr, sizeof address);
    return ntohl(address.sin_addr.s_addr);
}

KernelInterface::Modes KernelInterface::modes() const noexcept {
    ifreq request = request_for(name_);
    if (!exists() || ioctl(socket_.get(), SIOCGIFFLAGS, &request) != 0) return {};
    return {(request.ifr_flags & IFF_PROMISC) != 0, (request.ifr_flags & IFF_ALLMULTI) != 0};
}

void KernelInterface::set_modes(const Modes& modes) const noexcept {
    ifreq request = request_for(name_);
    if (!exists() || ioctl(socket_.get(), SIOCGIFFLAGS, &request) != 0) return;
    const int before = request.ifr_flags;
    const int others = before & ~(IFF_PROMISC | IFF_ALLMULTI);
    const int wanted =
        others | (modes.promiscuous ? IFF_PROMISC : 0) | (modes.allmulticast ? IFF_ALLMULTI : 0);
    request.ifr_flags = static_cast<short>(wanted);
    if (request.ifr_flags != before) ioctl(socket_.get(), SIOCSIFFLAGS, &request);
}

unsigned KernelInterface::mtu() const noexcept {
    ifreq request = request_for(name_);
    if (!exists() || ioctl(socket_.get(), SIOCGIFMTU, &request) != 0) return 0;
    return static_cast<unsigned>(request.ifr_mtu);
}

}  // namespace rxlab::dpdk_rx
