// SPDX-License-Identifier: MIT
//
// Puts the program (program.hpp) on an interface, with its two maps, and takes it off again. It is
// attached by a BPF link, whose descriptor belongs to this process: however the process ends, by
// kill -9 too, the kernel closes the descriptor and takes the program off. An interface has one
// program, and `ip link set xdp off` cannot take one off that a link holds.
// Ownership: descriptors. Threading: one thread.
#pragma once

#include <rxlab/program/descriptor.hpp>
#include <rxlab/rx/options.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace rxlab::xdp_rx {

enum class Hook {
    any,      // native where the driver has it, else generic
    native,   // in the driver, before there is an sk_buff
    generic,  // behind it, for any interface: an sk_buff is there already
};

// One clause where the interface has an XDP program: which, and what to do; empty where it has
// none. Looks, changes nothing.
[[nodiscard]] std::string other_program_on(const std::string& interface, unsigned index);

class Redirect {
  public:
    // Loads the program, for queues 0 to `queues` - 1. Throws program::RunError.
    Redirect(std::span<const rx::Line> lines, unsigned queues);

    // Has what comes to `queue` go to this AF_XDP socket. Throws program::RunError.
    void add_socket(unsigned queue, int socket);
    // From here on frames are redirected. Throws program::RunError.
    void attach(const std::string& interface, unsigned index, Hook hook);

    [[nodiscard]] Hook hook() const noexcept { return hook_; }  // where it is: never `any`
    // Why it is not in the driver although it might have been; empty where it is, or was not to be.
    [[nodiscard]] const std::string& native_refusal() const noexcept { return native_refusal_; }
    // Somebody took the program off, or the interface is gone. One system call.
    [[nodiscard]] bool is_attached() const noexcept;
    [[nodiscard]] int program() const noexcept { return program_.get(); }  // its descriptor
    // Of datagrams to the groups; they went to the kernel.
    [[nodiscard]] std::uint64_t fragments() const noexcept;

  private:
    void add_groups(std::span<const rx::Line> lines);

    program::Descriptor groups_;
    program::Descriptor sockets_;
    program::Descriptor program_;
    program::Descriptor link_;
    Hook hook_ = Hook::any;
    std::string native_refusal_;
};

}  // namespace rxlab::xdp_rx
