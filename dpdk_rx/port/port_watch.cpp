// SPDX-License-Identifier: MIT
//
// Device events are "experimental" in DPDK 22.11 in name only: they are as they were in 18.05.
#define ALLOW_EXPERIMENTAL_API
#include "dpdk_rx/port/port_watch.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/monotonic.hpp>

#include <net/if.h>

#include <array>
#include <cerrno>
#include <thread>
#include <utility>

namespace rxlab::dpdk_rx {

namespace {

constexpr std::array kEvents{RTE_ETH_EVENT_INTR_LSC, RTE_ETH_EVENT_INTR_RMV,
                             RTE_ETH_EVENT_INTR_RESET};

// Ports that know no link are up.
bool driver_has_link(std::uint16_t port) noexcept {
    rte_eth_link link{};
    const int result = rte_eth_link_get_nowait(port, &link);
    return result == -ENOTSUP || (result == 0 && link.link_status == RTE_ETH_LINK_UP);
}

}  // namespace

bool link_is_up(std::uint16_t port, const KernelInterface& kernel) noexcept {
    if (!kernel.exists()) return driver_has_link(port);
    const auto link = link::ask_for_link(kernel.index());
    return link && link->has_link();
}

PortWatch::PortWatch(std::uint16_t port, std::string device, const KernelInterface& kernel,
                     double link_wait_s, bool by_xdp, bool peer_may_come_later)
    : port_{port},
      device_{std::move(device)},
      link_wait_s_{link_wait_s},
      by_driver_{static_cast<std::int64_t>(link_wait_s * 1e9)} {
    waits_for_peer_ = peer_may_come_later && !kernel.exists() && !driver_has_link(port_);
    if (kernel.exists()) {
        by_kernel_.emplace(kernel.index(), kernel.name(), link_wait_s);
        if (by_xdp) xdp_program_ = by_kernel_->xdp_program();
    }
    int result = 0;
    for (const auto event : kEvents) {
        if (result == 0) result = rte_eth_dev_callback_register(port_, event, &on_port_event, this);
    }
    // vfio tells of a removal by a device event, and not by the port's.
    if (result == 0)
        result = rte_dev_event_callback_register(device_.c_str(), &on_device_event, this);
    if (result == 0) return;
    unregister();
    throw program::RunError(-result, "ask for the events of device " + device_);
}

PortWatch::~PortWatch() {
    unregister();
}

// -EAGAIN: the callback is running, on EAL's thread, and uses this object.
void PortWatch::unregister() noexcept {
    const auto until_gone = [](auto&& attempt) {
        while (attempt() == -EAGAIN)
            std::this_thread::yield();
    };
    until_gone([this] {
        return rte_dev_event_callback_unregister(device_.c_str(), &on_device_event, this);
    });
    for (const auto event : kEvents) {
        until_gone(
            [&] { return rte_eth_dev_callback_unregister(port_, event, &on_port_event, this); });
    }
}

// The first of these reasons stays. A lost link does not: a removed device has no link, either.
void PortWatch::note(PortLoss loss) noexcept {
    PortLoss before = this->loss();
    while ((before == PortLoss::none || before == PortLoss::link_down) &&
           !loss_.compare_exchange_weak(before, loss, std::memory_order_relaxed)) {
    }
}

void PortWatch::note_link(bool is_lost) noexcept {
    PortLoss before = is_lost ? PortLoss::none : PortLoss::link_down;
    loss_.compare_exchange_strong(before, is_lost ? PortLoss::link_down : PortLoss::none,
                                  std::memory_order_relaxed);
}

bool PortWatch::look(std::int64_t now_ns) noexcept {
    wants_look_.store(false, std::memory_order_relaxed);
    if (is_gone()) return false;
    return by_kernel_ ? look_at_interface() : look_at_driver(now_ns);
}

bool PortWatch::look_at_interface() noexcept {
    const link::LinkWatch::Seen seen = by_kernel_->look();
    if (by_kernel_->state().was_removed()) note(PortLoss::removed);
    if (xdp_program_ != 0 && xdp_program_now() != xdp_program_) note(PortLoss::deafened);
    note_link(by_kernel_->lost());
    return seen == link::LinkWatch::Seen::link_is_back;
}

bool PortWatch::look_at_driver(std::int64_t now_ns) noexcept {
    const std::uint64_t returns = by_driver_.returns();
    const bool has_link = driver_has_link(port_);
    if (waits_for_peer_) {
        waits_for_peer_ = !has_link;
        return has_link;
    }
    link::LinkMessage message;
    message.flags = IFF_UP;
    if (has_link) message.flags |= link::kLowerUp;
    by_driver_.told(message, now_ns);
    note_link(by_driver_.is_lost(now_ns));
    return by_driver_.returns() != returns;
}

std::uint64_t PortWatch::link_losses() const noexcept {
    return by_kernel_ ? by_kernel_->losses() : by_driver_.losses();
}

std::uint64_t PortWatch::link_down_ms() const noexcept {
    if (by_kernel_) return by_kernel_->down_ms();
    return static_cast<std::uint64_t>(by_driver_.down_ns(program::monotonic_ns()) / 1'000'000);
}

int PortWatch::on_port_event(std::uint16_t, rte_eth_event_type event, void* self, void*) noexcept {
    auto* const watch = static_cast<PortWatch*>(self);
    if (event == RTE_ETH_EVENT_INTR_RMV) {
        watch->note(PortLoss::removed);
    } else if (event == RTE_ETH_EVENT_INTR_RESET) {
        watch->note(PortLoss::reset);
    } else {
        watch->wants_look_.store(true, std::memory_order_relaxed);
    }
    return 0;
}

void PortWatch::on_device_event(const char*, rte_dev_event_type event, void* self) noexcept {
    if (event == RTE_DEV_EVENT_REMOVE) static_cast<PortWatch*>(self)->note(PortLoss::removed);
}

}  // namespace rxlab::dpdk_rx
