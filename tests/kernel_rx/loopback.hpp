// SPDX-License-Identifier: MIT
//
// Feeds on the loopback interface: any user can send there, from any address of 127.0.0.0/8.
#pragma once

#include "sources.hpp"

#include <rxlab/wire/address.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace rxlab::test {

inline constexpr std::uint32_t kLoopback = 0x7f000001;  // 127.0.0.1

// `count` groups from `first` on, at a port of this process: several tests may run side by side.
inline std::vector<wire::Ipv4Endpoint> groups(std::uint32_t first, std::size_t count) {
    const auto port = static_cast<std::uint16_t>(20'000 + getpid() % 12'000);
    std::vector<wire::Ipv4Endpoint> list;
    for (std::size_t i = 0; i < count; ++i)
        list.push_back({first + static_cast<std::uint32_t>(i), port});
    return list;
}

class LoopbackSender {
  public:
    explicit LoopbackSender(std::uint32_t address = kLoopback)
        : fd_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
        const in_addr loopback{htonl(kLoopback)};
        setsockopt(fd_.get(), IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);
        const sockaddr_in own = to_sockaddr({address, 0});
        EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    }
    // The payload is `bytes` bytes of `value`. It is in the receiver's buffer on return.
    void send(const wire::Ipv4Endpoint& group, std::uint8_t value, std::size_t bytes = 1) {
        const std::vector<std::byte> payload(bytes, std::byte{value});
        const sockaddr_in to = to_sockaddr(group);
        EXPECT_EQ(sendto(fd_.get(), payload.data(), bytes, 0,
                         reinterpret_cast<const sockaddr*>(&to), sizeof to),
                  static_cast<ssize_t>(bytes))
            << std::strerror(errno);
    }

  private:
    static sockaddr_in to_sockaddr(const wire::Ipv4Endpoint& endpoint) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(endpoint.port);
        address.sin_addr.s_addr = htonl(endpoint.address);
        return address;
    }
    program::Descriptor fd_;
};

// Any of kernel_rx's sources.
class AnySource {
  public:
    virtual ~AnySource() = default;
    virtual std::size_t poll(std::span<rx::PacketView> batch) noexcept = 0;
    [[nodiscard]] virtual bool failed() const noexcept = 0;
    [[nodiscard]] virtual rx::SourceReport report() const = 0;
};

template <typename Source>
class Wrapped : public AnySource {
  public:
    Wrapped(std::span<const rx::Line> lines, const kernel_rx::SocketOptions& options)
        : source_{lines, "lo", options} {}
    std::size_t poll(std::span<rx::PacketView> batch) noexcept override {
        return source_.poll(batch);
    }
    [[nodiscard]] bool failed() const noexcept override { return source_.failed(); }
    [[nodiscard]] rx::SourceReport report() const override { return source_.report(); }

  private:
    Source source_;
};

// That of the mode. Null, and the test is skipped, where the loopback interface knows no multicast,
// or the kernel or the build lacks something.
inline std::unique_ptr<AnySource> listen(std::span<const rx::Line> lines,
                                         const kernel_rx::SocketOptions& options) {
    try {
        return kernel_rx::with_source_of(
            options, lines.size(),
            [&]<typename Source>(std::type_identity<Source>) -> std::unique_ptr<AnySource> {
                return std::make_unique<Wrapped<Source>>(lines, options);
            });
    } catch (const std::exception& error) {
        [&] { GTEST_SKIP() << "skipped: cannot listen on loopback: " << error.what(); }();
        return nullptr;
    }
}

// Of one line each, whoever sends.
inline std::vector<rx::Line> lines_of(const std::vector<wire::Ipv4Endpoint>& groups) {
    rx::Options options;
    options.groups = groups;
    return rx::lines_of(options);
}

// As main() would use it: until packets come, or several polls in a row have found none. A kernel
// thread takes a moment.
inline std::size_t next(AnySource& source, std::span<rx::PacketView> batch,
                        const kernel_rx::SocketOptions& options) {
    using Clock = std::chrono::steady_clock;
    const auto patience = std::chrono::milliseconds{options.uring.kernel_thread ? 500 : 0};
    const auto deadline = Clock::now() + patience;
    for (int empty = 0; empty < 3 || Clock::now() < deadline; ++empty) {
        if (const std::size_t received = source.poll(batch); received != 0) return received;
    }
    return 0;
}

}  // namespace rxlab::test
