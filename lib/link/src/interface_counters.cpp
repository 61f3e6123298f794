// SPDX-License-Identifier: MIT
#include <rxlab/link/interface_counters.hpp>
#include <rxlab/link/link.hpp>

#include <nlohmann/json.hpp>

#include <fstream>

namespace rxlab::link {

InterfaceCounters count_on(unsigned interface_index) {
    InterfaceCounters counters;
    if (const auto link = ask_for_link(interface_index); link && link->statistics) {
        counters.packets = link->statistics->rx_packets;
        counters.dropped = link->statistics->rx_dropped;
    }
    std::ifstream file{"/proc/net/softnet_stat"};
    if (Softnet softnet; read_softnet(file, softnet)) counters.softnet_dropped = softnet.dropped;
    return counters;
}

void report_changes(const InterfaceCounters& before, const InterfaceCounters& after,
                    nlohmann::ordered_json& report) {
    const auto add = [&](const char* name, std::optional<std::uint64_t> InterfaceCounters::*of) {
        const auto &old = before.*of, &now = after.*of;
        if (old && now && *now >= *old) report[name] = *now - *old;
    };
    add("interface_packets", &InterfaceCounters::packets);
    add("interface_dropped", &InterfaceCounters::dropped);
    add("softnet_dropped", &InterfaceCounters::softnet_dropped);
}

}  // namespace rxlab::link
