// SPDX-License-Identifier: MIT
//
// A re-request server and a snapshot server on the loopback interface, each a thread, for the tests
// of the recovery agent.
#pragma once

#include "../rx/packets.hpp"

#include <rxlab/wire/address.hpp>
#include <rxlab/wire/glimpse.hpp>
#include <rxlab/wire/moldudp64.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace rxlab::test {

// A socket of `type` bound to a free port of 127.0.0.1.
class BoundSocket {
  public:
    explicit BoundSocket(int type) : fd_{socket(AF_INET, type | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (fd_ < 0 || bind(fd_, generic, size) != 0 || getsockname(fd_, generic, &size) != 0) {
            throw std::runtime_error("cannot bind to 127.0.0.1");
        }
        if (type == SOCK_STREAM) listen(fd_, 4);
        endpoint_ = {INADDR_LOOPBACK, ntohs(address.sin_port)};
    }
    BoundSocket(const BoundSocket&) = delete;
    BoundSocket& operator=(const BoundSocket&) = delete;
    ~BoundSocket() { close(fd_); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] const wire::Ipv4Endpoint& endpoint() const { return endpoint_; }

  private:
    int fd_;
    wire::Ipv4Endpoint endpoint_;
};

// Whether `fd` becomes readable within 10 ms.
inline bool is_readable(int fd) {
    pollfd state{fd, POLLIN, 0};
    return poll(&state, 1, 10) == 1;
}

class ReRequestServer {
  public:
    // `answer(request)` makes the packet; an empty one is not sent.
    explicit ReRequestServer(std::function<Bytes(const wire::mold::Request&)> answer)
        : answer_{std::move(answer)}, thread_{[this] { run(); }} {}
    ~ReRequestServer() {
        stop_ = true;
        thread_.join();
    }

    [[nodiscard]] const wire::Ipv4Endpoint& endpoint() const { return socket_.endpoint(); }
    [[nodiscard]] unsigned requests() const { return requests_; }

  private:
    void run() {
        while (!stop_) {
            if (!is_readable(socket_.get())) continue;
            std::byte memory[64];
            sockaddr_in from{};
            socklen_t size = sizeof from;
            auto* const generic = reinterpret_cast<sockaddr*>(&from);
            const ssize_t bytes = recvfrom(socket_.get(), memory, sizeof memory, 0, generic, &size);
            const auto request =
                wire::mold::parse_request({memory, static_cast<std::size_t>(bytes)});
            if (!request) continue;
            ++requests_;
            const Bytes packet = answer_(*request);
            if (packet.empty()) continue;
            static_cast<void>(
                !sendto(socket_.get(), packet.data(), packet.size(), 0, generic, size));
        }
    }

    BoundSocket socket_{SOCK_DGRAM};
    std::function<Bytes(const wire::mold::Request&)> answer_;
    std::atomic<unsigned> requests_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

class SnapshotServer {
  public:
    // `messages()` and `sequence()` are asked for at each login. The first `refusals` connections
    // are closed after the login.
    SnapshotServer(
        std::function<std::vector<Bytes>()> messages, std::function<std::uint64_t()> sequence,
        unsigned refusals = 0, std::function<const char*()> session = [] { return "      TEST"; })
        : messages_{std::move(messages)},
          sequence_{std::move(sequence)},
          refusals_{refusals},
          session_{std::move(session)},
          thread_{[this] { run(); }} {}
    ~SnapshotServer() {
        stop_ = true;
        thread_.join();
    }

    [[nodiscard]] const wire::Ipv4Endpoint& endpoint() const { return socket_.endpoint(); }
    [[nodiscard]] unsigned logins() const { return logins_; }

  private:
    void run() {
        while (!stop_) {
            if (!is_readable(socket_.get())) continue;
            const int client = accept(socket_.get(), nullptr, nullptr);
            serve(client);
            close(client);
        }
    }
    void serve(int client) {
        while (!stop_ && !is_readable(client)) {
        }
        std::byte login[256];
        static_cast<void>(!recv(client, login, sizeof login, 0));
        if (logins_++ < refusals_) return;
        namespace soup = wire::soup;
        const soup::LoginAccepted accepted{session_(), soup::to_number_text<20>(1)};
        send(client, soup::PacketType::login_accepted, wire::bytes_of(accepted));
        const std::uint64_t sequence = sequence_();
        for (const Bytes& message : messages_())
            send(client, soup::PacketType::sequenced, message);
        send(client, soup::PacketType::sequenced,
             wire::bytes_of(wire::glimpse::end_of_snapshot(sequence)));
        while (!stop_ && !is_readable(client)) {
        }  // the logout, or the close
    }
    static void send(int client, wire::soup::PacketType type, std::span<const std::byte> payload) {
        std::byte memory[256];
        const auto packet = wire::soup::write(memory, type, payload);
        static_cast<void>(!::send(client, packet.data(), packet.size(), MSG_NOSIGNAL));
    }

    BoundSocket socket_{SOCK_STREAM};
    std::function<std::vector<Bytes>()> messages_;
    std::function<std::uint64_t()> sequence_;
    unsigned refusals_;
    std::function<const char*()> session_;  // ten characters
    std::atomic<unsigned> logins_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace rxlab::test
