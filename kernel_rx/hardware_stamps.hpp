// SPDX-License-Identifier: MIT
//
// A network card that stamps all packets as they come in, and its clock (PHC, /dev/ptpN). The card
// is told to do so, which takes CAP_NET_ADMIN unless it does already, and at the end is told what
// it had been told before. A receiver that is killed outright cannot do that: then it goes on
// stamping, until somebody says `hwstamp_ctl -i NAME -r 0`. Threading: one thread.
#pragma once

#include <rxlab/latency/nic_stamps.hpp>
#include <rxlab/program/descriptor.hpp>

#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

namespace rxlab::kernel_rx {

// Why the interface of which ETHTOOL_GET_TS_INFO says this has no stamps that can be used; empty:
// it has.
[[nodiscard]] std::string why_no_hardware_stamps(const ethtool_ts_info& info);

class HardwareStamps {
  public:
    // Takes some 70 ms. Throws program::UsageError where the interface has none, and
    // program::RunError where it may not be told to take them, or its clock may not be read.
    explicit HardwareStamps(const std::string& interface);
    HardwareStamps(const HardwareStamps&) = delete;
    HardwareStamps& operator=(const HardwareStamps&) = delete;
    ~HardwareStamps();

    // Of a packet that has just been received: as latency::NicStamps::age_ns. Nothing: it came
    // without a stamp.
    [[nodiscard]] std::uint32_t age_ns(const std::optional<timespec>& stamp) noexcept;
    // Reads the card's clock if that is due: often enough, also while nothing comes.
    void keep_up() noexcept;
    [[nodiscard]] nlohmann::ordered_json report() const;

  private:
    void stamp_all();
    void read_clock() noexcept;

    std::string interface_, clock_path_;
    program::Descriptor socket_, phc_;
    std::optional<hwtstamp_config> before_;  // where it was changed
    latency::Clock clock_ = latency::Clock::detect();
    latency::NicStamps stamps_;
    std::uint64_t stamped_ = 0, without_ = 0;  // packets
};

}  // namespace rxlab::kernel_rx
