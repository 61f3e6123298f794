// SPDX-License-Identifier: MIT
#include "host_counters.hpp"

#include <rxlab/link/link.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <numeric>
#include <sstream>

namespace rxlab::kernel_rx {
namespace {

struct NamedCounter {
    const char* ours;
    const char* file;
    const char* protocol;
    const char* kernels;
};
constexpr NamedCounter kNamespaceCounters[] = {
    {"namespace_udp_receive_buffer_errors", "/proc/net/snmp", "Udp:", "RcvbufErrors"},
    {"namespace_udp_memory_errors", "/proc/net/snmp", "Udp:", "MemErrors"},
    {"namespace_udp_checksum_errors", "/proc/net/snmp", "Udp:", "InCsumErrors"},
    {"namespace_reverse_path_filter", "/proc/net/netstat", "TcpExt:", "IPReversePathFilter"},
    {"namespace_reassembly_failures", "/proc/net/snmp", "Ip:", "ReasmFails"},
};

struct Cause {
    const char* name;
    const char* counter;
};
constexpr std::array<Cause, 3> kCauses{{
    {"dropped_for_receive_buffer", "namespace_udp_receive_buffer_errors"},
    {"dropped_for_memory", "namespace_udp_memory_errors"},
    {"dropped_for_checksum", "namespace_udp_checksum_errors"},
}};

}  // namespace

bool find_counter(std::istream& file, std::string_view protocol, std::string_view name,
                  std::uint64_t& value) {
    for (std::string names, values; std::getline(file, names) && std::getline(file, values);) {
        if (!names.starts_with(protocol) || !values.starts_with(protocol)) continue;
        std::istringstream each_name{names};
        std::istringstream each_value{values};
        std::string found;
        std::string text;
        while (each_name >> found && each_value >> text) {
            if (found == name) return static_cast<bool>(std::istringstream{text} >> value);
        }
    }
    return false;
}

HostCounters read_host_counters(unsigned interface_index) {
    HostCounters counters;
    for (const NamedCounter& each : kNamespaceCounters) {
        std::ifstream file{each.file};
        std::uint64_t value = 0;
        if (find_counter(file, each.protocol, each.kernels, value)) counters[each.ours] = value;
    }
    if (const auto link = link::ask_for_link(interface_index); link && link->statistics) {
        counters["interface_rx_errors"] = link->statistics->rx_errors;
        counters["interface_rx_dropped"] = link->statistics->rx_dropped;
        counters["interface_rx_missed"] = link->statistics->rx_missed_errors;
    }
    std::ifstream file{"/proc/net/softnet_stat"};
    if (link::Softnet softnet; link::read_softnet(file, softnet)) {
        counters["host_softnet_dropped"] = softnet.dropped;
        counters["host_softnet_time_squeeze"] = softnet.time_squeeze;
    }
    return counters;
}

HostCounters changes(const HostCounters& before, const HostCounters& after) {
    HostCounters changed;
    for (const auto& [name, value] : after) {
        const auto old = before.find(name);
        if (old != before.end() && value >= old->second) changed[name] = value - old->second;
    }
    return changed;
}

nlohmann::ordered_json explain_drops(std::uint64_t drops, const HostCounters& changed) {
    nlohmann::ordered_json explained = nlohmann::ordered_json::object();
    std::array<std::uint64_t, kCauses.size()> counted{};
    for (std::size_t i = 0; i < kCauses.size(); ++i) {
        const auto found = changed.find(kCauses[i].counter);
        if (found == changed.end()) return explained;
        counted[i] = found->second;
    }
    const std::uint64_t all = std::accumulate(counted.begin(), counted.end(), std::uint64_t{0});
    for (std::size_t i = 0; i < kCauses.size(); ++i) {
        const std::string name = kCauses[i].name;
        const std::uint64_t others = all - counted[i];
        const std::uint64_t most = std::min(drops, counted[i]);
        const std::uint64_t least = std::min(most, drops - std::min(drops, others));
        if (least == most) {
            explained[name] = most;
        } else {
            explained[name + "_min"] = least;
            explained[name + "_max"] = most;
        }
    }
    return explained;
}

}  // namespace rxlab::kernel_rx
