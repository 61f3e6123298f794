// SPDX-License-Identifier: MIT
//
// Opens sockets with the learner's open_group_socket(), sends to groups on both interfaces, and
// looks at what arrives. Packets are looped back by the kernel, as if they had come from the wire.
// Prints the first finding.
#include "kernel_rx/socket_setup.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>

namespace {

using namespace rxlab;

constexpr std::uint32_t kGroup = 239U << 24 | 1U << 16 | 1U << 8 | 1U;
constexpr std::uint16_t kPort = 30'001;

[[noreturn]] void wrong(const char* finding, const std::string& what) {
    std::printf("finding %s %s\n", finding, what.c_str());
    std::exit(1);
}

void must(bool done, const char* what) {
    if (done) return;
    std::perror(what);
    std::exit(3);
}

void send(std::uint32_t group, const char* interface, std::uint16_t port = kPort) {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const ip_mreqn through{{}, {}, static_cast<int>(if_nametoindex(interface))};
    must(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &through, sizeof through) == 0,
         "IP_MULTICAST_IF");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(group);
    must(sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 1, "sendto");
    close(fd);
}

// Somebody else on this host who joins a group.
int member(std::uint32_t group, const char* interface) {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const ip_mreqn wanted{{htonl(group)}, {}, static_cast<int>(if_nametoindex(interface))};
    must(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &wanted, sizeof wanted) == 0,
         "IP_ADD_MEMBERSHIP");
    return fd;
}

// Whether a packet comes soon; takes it.
bool hears(int fd) {
    pollfd wanted{fd, POLLIN, 0};
    char byte = 0;
    return poll(&wanted, 1, 300) == 1 && recv(fd, &byte, 1, 0) == 1;
}

// Whether the kernel is a member of the group there: /proc/net/igmp, addresses in hexadecimal.
bool is_member(const std::string& interface) {
    std::ifstream list{"/proc/net/igmp"};
    std::string line;
    std::string current;
    while (std::getline(list, line)) {
        if (line.find(':') != std::string::npos && line.find(interface) != std::string::npos)
            current = interface;
        else if (line.find(':') != std::string::npos && line[0] != '\t')
            current.clear();
        if (!current.empty() && line.find("010101EF") != std::string::npos) return true;
    }
    return false;
}

int open_socket() {
    const rx::Line line{{kGroup, kPort}, {}, 0};
    try {
        kernel_rx::SocketOptions options;
        options.receive_buffer_bytes = 1 << 16;
        return kernel_rx::open_group_socket(line, "rx0", if_nametoindex("rx0"), options);
    } catch (const std::exception& error) {
        wrong("fails", error.what());
    }
}

}  // namespace

int main() {
    const int fd = open_socket();
    send(kGroup, "rx0");
    if (!hears(fd)) {
        if (is_member("other0") && !is_member("rx0"))
            wrong("joins-elsewhere", "/proc/net/igmp has the group on other0, not on rx0");
        if (!is_member("rx0"))
            wrong("joins-nothing", "/proc/net/igmp does not have 239.1.1.1 on rx0");
        wrong("hears-nothing", "rx0 is a member, and a packet to 239.1.1.1:30001 did not come");
    }
    const int other_group = member(kGroup + 1, "rx0");
    send(kGroup + 1, "rx0");
    if (hears(fd)) wrong("hears-other-groups", "a packet to 239.1.1.2:30001 came");
    const int other_interface = member(kGroup, "other0");
    send(kGroup, "other0");
    if (hears(fd)) wrong("hears-other-interfaces", "a packet to the group on other0 came");
    int bytes = 0;
    socklen_t size = sizeof bytes;
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size);
    if (bytes != 2 << 16)
        wrong("no-receive-buffer",
              "--receive-buffer 65536, and SO_RCVBUF is " + std::to_string(bytes));
    const int second = open_socket();
    for (const int each : {second, other_group, other_interface, fd})
        close(each);
    return 0;
}
