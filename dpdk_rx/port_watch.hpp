// SPDX-License-Identifier: MIT
//
// Notices that a started port will deliver nothing any more: its device was removed, or its link
// went down. Told by interrupts where the driver has them, else by looking. Threading: lost() may
// be asked by any thread; look() belongs to the thread that does the port's chores; interrupts come
// on EAL's own thread.
#pragma once

#include "kernel_interface.hpp"

#include <rte_dev.h>
#include <rte_ethdev.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace rxlab::dpdk_rx {

enum class PortLoss : std::uint8_t { none, removed, link_down };

// The link as the kernel's interface (some virtual drivers call theirs up regardless), else as the
// driver sees it. Ports that know no link are up.
[[nodiscard]] bool link_is_up(std::uint16_t port, const KernelInterface& kernel) noexcept;

class PortWatch {
  public:
    // `kernel` must outlive the watch; `device`: EAL's name of the device behind the port. Throws
    // program::RunError.
    PortWatch(std::uint16_t port, std::string device, const KernelInterface& kernel);
    PortWatch(const PortWatch&) = delete;
    PortWatch& operator=(const PortWatch&) = delete;
    ~PortWatch();

    [[nodiscard]] bool lost() const noexcept {
        return loss_.load(std::memory_order_relaxed) != PortLoss::none;
    }
    [[nodiscard]] PortLoss loss() const noexcept { return loss_.load(std::memory_order_relaxed); }
    // Asks for the link; at most a system call.
    void look() noexcept;

  private:
    void unregister() noexcept;
    void note(PortLoss loss) noexcept;
    static int on_port_event(std::uint16_t port, rte_eth_event_type event, void* self,
                             void*) noexcept;
    static void on_device_event(const char* device, rte_dev_event_type event, void* self) noexcept;

    std::uint16_t port_;
    std::string device_;
    const KernelInterface& kernel_;
    std::atomic<PortLoss> loss_{PortLoss::none};
};

}  // namespace rxlab::dpdk_rx
