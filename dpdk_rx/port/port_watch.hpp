// SPDX-License-Identifier: MIT
//
// Notices that a started port will deliver nothing any more: its device was removed, its link went
// down and stays down, or its XDP program was taken away. Told by interrupts and by the kernel's
// announcements where there are any, else by looking. Threading: lost() may be asked by any thread;
// the rest belongs to the thread that does the port's chores; interrupts come on EAL's own thread.
#pragma once

#include "dpdk_rx/port/kernel_interface.hpp"

#include <rxlab/link/link_watch.hpp>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace rxlab::dpdk_rx {

enum class PortLoss : std::uint8_t { none, removed, reset, link_down, deafened };

// The link as the kernel's interface (some virtual drivers call theirs up regardless), else as the
// driver sees it. Ports that know no link are up.
[[nodiscard]] bool link_is_up(std::uint16_t port, const KernelInterface& kernel) noexcept;

class PortWatch {
  public:
    // `device`: EAL's name of the device behind the port;
    // `link_wait_s`: for how long a link may be down; `by_xdp`: frames come by an XDP program, the
    // one that is on the interface now; `peer_may_come_later`: a link that has not been there yet
    // is not a loss, however long it takes. Throws program::RunError.
    PortWatch(std::uint16_t port, std::string device, const KernelInterface& kernel,
              double link_wait_s, bool by_xdp, bool peer_may_come_later);
    PortWatch(const PortWatch&) = delete;
    PortWatch& operator=(const PortWatch&) = delete;
    ~PortWatch();

    [[nodiscard]] bool lost() const noexcept {
        return loss_.load(std::memory_order_relaxed) != PortLoss::none;
    }
    [[nodiscard]] PortLoss loss() const noexcept { return loss_.load(std::memory_order_relaxed); }
    // Lost for ever: the port must not be polled any more. A link that is down may come back.
    [[nodiscard]] bool is_gone() const noexcept { return lost() && loss() != PortLoss::link_down; }
    // An interrupt said that something has changed.
    [[nodiscard]] bool wants_look() const noexcept {
        return wants_look_.load(std::memory_order_relaxed);
    }
    // Asks for the link; at most a few system calls. `now_ns`: CLOCK_MONOTONIC. True: the link has
    // come back, and the network may have forgotten this receiver.
    [[nodiscard]] bool look(std::int64_t now_ns) noexcept;
    [[nodiscard]] bool link_is_down() const noexcept {
        return by_kernel_ ? by_kernel_->state().is_down() : waits_for_peer_ || by_driver_.is_down();
    }
    // The link of a port whose peer may come later has not been there yet.
    [[nodiscard]] bool waits_for_peer() const noexcept { return waits_for_peer_; }
    // How often the link went down, and for how long in all, as it was seen.
    [[nodiscard]] std::uint64_t link_losses() const noexcept;
    [[nodiscard]] std::uint64_t link_down_ms() const noexcept;
    [[nodiscard]] double link_wait_s() const noexcept { return link_wait_s_; }
    // The XDP programs, then and now; 0: none.
    [[nodiscard]] std::uint32_t xdp_program() const noexcept { return xdp_program_; }
    [[nodiscard]] std::uint32_t xdp_program_now() const noexcept {
        return by_kernel_ ? by_kernel_->xdp_program() : 0;
    }

  private:
    void unregister() noexcept;
    void note(PortLoss loss) noexcept;
    void note_link(bool is_lost) noexcept;
    [[nodiscard]] bool look_at_interface() noexcept;
    [[nodiscard]] bool look_at_driver(std::int64_t now_ns) noexcept;
    static int on_port_event(std::uint16_t port, rte_eth_event_type event, void* self,
                             void*) noexcept;
    static void on_device_event(const char* device, rte_dev_event_type event, void* self) noexcept;

    std::uint16_t port_;
    std::string device_;
    double link_wait_s_;
    std::atomic<PortLoss> loss_{PortLoss::none};
    std::atomic<bool> wants_look_{false};
    std::optional<link::LinkWatch> by_kernel_;  // where it has an interface under the port
    link::LinkState by_driver_;                 // where it has none
    bool waits_for_peer_ = false;
    std::uint32_t xdp_program_ = 0;
};

}  // namespace rxlab::dpdk_rx
