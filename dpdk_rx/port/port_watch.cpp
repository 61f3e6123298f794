// SPDX-License-Identifier: MIT
//
// Device events are "experimental" in DPDK 22.11 in name only: they are as they were in 18.05.
#define ALLOW_EXPERIMENTAL_API
#include "dpdk_rx/port/port_watch.hpp"

#include <rxlab/program/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace rxlab::dpdk_rx {

bool link_is_up(std::uint16_t port, const KernelInterface& kernel) noexcept {
    if (kernel.exists()) return kernel.state() == KernelInterface::State::carrier;
    rte_eth_link link{};
    const int result = rte_eth_link_get_nowait(port, &link);
    return result == -ENOTSUP || (result == 0 && link.link_status == RTE_ETH_LINK_UP);
}

PortWatch::PortWatch(std::uint16_t port, std::string device, const KernelInterface& kernel,
                     double link_wait_s, bool by_xdp)
    : port_{port},
      device_{std::move(device)},
      kernel_{kernel},
      link_wait_ns_{static_cast<std::int64_t>(link_wait_s * 1e9)} {
    if (kernel.exists()) {
        news_.emplace(kernel.name(), kernel.index());  // before the question: none is missed
        const KernelLink link = read_link(kernel.name()).value_or(KernelLink{});
        carrier_downs_ = link.carrier_downs;
        if (by_xdp) xdp_program_ = xdp_program_now_ = link.xdp_program;
    }
    int result = rte_eth_dev_callback_register(port_, RTE_ETH_EVENT_INTR_RMV, &on_port_event, this);
    if (result == 0)
        result = rte_eth_dev_callback_register(port_, RTE_ETH_EVENT_INTR_LSC, &on_port_event, this);
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
    for (const auto event : {RTE_ETH_EVENT_INTR_LSC, RTE_ETH_EVENT_INTR_RMV}) {
        until_gone(
            [&] { return rte_eth_dev_callback_unregister(port_, event, &on_port_event, this); });
    }
}

// The first reason stays: a removed device has no link, either.
void PortWatch::note(PortLoss loss) noexcept {
    PortLoss none = PortLoss::none;
    loss_.compare_exchange_strong(none, loss, std::memory_order_relaxed);
}

bool PortWatch::look(std::int64_t now_ns) noexcept {
    wants_look_.store(false, std::memory_order_relaxed);
    if (lost()) return false;
    read_news();
    if (link_is_up(port_, kernel_)) {
        if (down_since_ns_ == 0 && downs_told_ == 0) return false;
        losses_ = link_losses(now_ns);
        down_since_ns_ = 0;
        downs_told_ = 0;
        return true;
    }
    if (kernel_.exists() && kernel_.state() == KernelInterface::State::gone) {
        note(PortLoss::removed);
        return false;
    }
    if (down_since_ns_ == 0) down_since_ns_ = now_ns;
    if (now_ns - down_since_ns_ >= link_wait_ns_) note(PortLoss::link_down);
    return false;
}

void PortWatch::read_news() noexcept {
    const std::optional<KernelLink> link = news_ ? news_->next() : std::nullopt;
    if (!link) return;
    downs_told_ += link->carrier_downs - carrier_downs_;
    carrier_downs_ = link->carrier_downs;
    if (xdp_program_ == 0) return;
    xdp_program_now_ = link->xdp_program;
    if (xdp_program_now_ != xdp_program_) note(PortLoss::deafened);
}

PortWatch::LinkLosses PortWatch::link_losses(std::int64_t now_ns) const noexcept {
    LinkLosses losses = losses_;
    losses.count += down_since_ns_ != 0 ? std::max<std::uint64_t>(downs_told_, 1) : downs_told_;
    if (down_since_ns_ != 0) losses.down_ns += now_ns - down_since_ns_;
    return losses;
}

int PortWatch::on_port_event(std::uint16_t, rte_eth_event_type event, void* self, void*) noexcept {
    auto* const watch = static_cast<PortWatch*>(self);
    if (event == RTE_ETH_EVENT_INTR_RMV) {
        watch->note(PortLoss::removed);
    } else {
        watch->wants_look_.store(true, std::memory_order_relaxed);
    }
    return 0;
}

void PortWatch::on_device_event(const char*, rte_dev_event_type event, void* self) noexcept {
    if (event == RTE_DEV_EVENT_REMOVE) static_cast<PortWatch*>(self)->note(PortLoss::removed);
}

}  // namespace rxlab::dpdk_rx
