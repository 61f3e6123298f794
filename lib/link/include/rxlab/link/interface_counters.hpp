// SPDX-License-Identifier: MIT
//
// What the kernel has counted, whoever the packets were for: on an interface, and on the backlogs
// of all CPUs. Threading: stateless.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>

namespace rxlab::link {

// What this kernel does not tell is nothing.
struct InterfaceCounters {
    std::optional<std::uint64_t> packets;
    std::optional<std::uint64_t> dropped;
    std::optional<std::uint64_t> softnet_dropped;
};

// Asks the kernel, as ask_for_link() does.
[[nodiscard]] InterfaceCounters count_on(unsigned interface_index);

// Adds what was counted between the two to `report`: "interface_packets", "interface_dropped",
// "softnet_dropped". Absent where one of the two does not know it, or where the counter went back:
// 32 bits of some wrap, and some drivers begin anew.
void report_changes(const InterfaceCounters& before, const InterfaceCounters& after,
                    nlohmann::ordered_json& report);

}  // namespace rxlab::link
