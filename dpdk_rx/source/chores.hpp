// SPDX-License-Identifier: MIT
//
// What a receiver past the kernel must do beside receiving: membership reports, and a look at the
// link from time to time. Done by the thread that polls queue 0, every so many polls, because a
// thread of its own would need a CPU of its own or take the receiver's at the wrong moment.
// All memory is allocated by the constructor. Threading: the thread that polls queue 0.
#pragma once

#include "dpdk_rx/port/port.hpp"
#include "dpdk_rx/port/port_options.hpp"

#include <rxlab/igmp/speaker.hpp>
#include <rxlab/rx/options.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <span>

namespace rxlab::dpdk_rx {

class Chores {
  public:
    // Polls between two calls of run(): some 50 us while nothing arrives, a few milliseconds at
    // most while every poll brings a full burst.
    static constexpr std::uint32_t kPolls = 1'024;

    // Joins the groups. `port` must outlive the chores.
    Chores(Port& port, const PortOptions& options, std::span<const rx::Line> lines);
    Chores(const Chores&) = delete;
    Chores& operator=(const Chores&) = delete;
    // Leaves the groups; takes some 20 ms.
    ~Chores();

    // Sends what is due, looks at the link when it is time, joins anew when it has come back.
    void run() noexcept;
    // A frame that may hold an IGMP query.
    void receive_igmp(std::span<const std::byte> frame) noexcept;
    // Only what is left to do at the end; the destructor does it where nobody has.
    void leave() noexcept;

    [[nodiscard]] nlohmann::ordered_json igmp_report() const { return igmp_.report(); }

  private:
    [[nodiscard]] bool send(std::span<const std::byte> frame) noexcept;

    Port& port_;
    igmp::Speaker igmp_;
    std::int64_t next_look_ns_ = 0;
};

}  // namespace rxlab::dpdk_rx
