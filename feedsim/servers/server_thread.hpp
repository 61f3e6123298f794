// SPDX-License-Identifier: MIT
//
// What the recovery servers share: a descriptor that closes itself, a thread that can be woken and
// ended, and the CPUs it may run on.
#pragma once

#include <rxlab/wire/address.hpp>

#include <sched.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

namespace rxlab::feedsim {

class Descriptor {
  public:
    explicit Descriptor(int descriptor = -1) noexcept : descriptor_{descriptor} {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    [[nodiscard]] int get() const noexcept { return descriptor_; }

  private:
    int descriptor_;
};

// The CPUs that this thread may use now, without the send loop's if others are left.
struct ServerCpus {
    cpu_set_t set;

    static ServerCpus without(std::optional<unsigned> cpu) noexcept;
};

class ServerThread {
  public:
    // Runs `body` on `cpus` until it returns, which it must do once descriptor() is readable.
    ServerThread(const ServerCpus& cpus, std::function<void()> body);
    ServerThread(const ServerThread&) = delete;
    ServerThread& operator=(const ServerThread&) = delete;
    ~ServerThread() { stop(); }

    void stop() noexcept;
    // Becomes readable when the thread must end.
    [[nodiscard]] int descriptor() const noexcept { return wakeup_.get(); }

  private:
    Descriptor wakeup_;
    std::thread thread_;
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
