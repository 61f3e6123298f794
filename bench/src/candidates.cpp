// SPDX-License-Identifier: MIT
#include <rxlab/bench/candidates.hpp>
#include <rxlab/bench/errors.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rxlab::bench {
namespace {

using Arguments = std::vector<std::string>;

Arguments kernel(const char* mode, const Place& place) {
    return {"--mode", mode, "--interface", place.interface};
}

// EAL options, and the `--` that ends them. Nothing is shared with other DPDK programs and nothing
// stays behind (--in-memory, --no-telemetry); the port is a virtual device on the interface.
Arguments dpdk(const char* driver, bool with_huge_pages, const Place& place) {
    Arguments arguments{"--no-pci", "--in-memory", "--no-telemetry",
                        fmt::format("--vdev={}0,iface={}", driver, place.interface)};
    if (!with_huge_pages) arguments.insert(arguments.end(), {"--no-huge", "-m", "256"});
    arguments.emplace_back("--");
    return arguments;
}

}  // namespace

const std::vector<Candidate>& all_candidates() {
    static const std::vector<Candidate> list{
        {"kernel-block", "Kernel socket, blocking", "kernel", "kernel_rx", false,
         [](const Place& place) { return kernel("block", place); }},
        {"kernel-spin", "Kernel socket, spinning", "kernel", "kernel_rx", false,
         [](const Place& place) { return kernel("spin", place); }},
        {"dpdk-af_packet", "DPDK, AF_PACKET port", "dpdk", "dpdk_rx", false,
         [](const Place& place) { return dpdk("net_af_packet", place.huge_pages > 0, place); }},
        {"dpdk-af_xdp", "DPDK, AF_XDP port", "dpdk", "dpdk_rx", true,
         [](const Place& place) { return dpdk("net_af_xdp", place.huge_pages > 0, place); }},
    };
    return list;
}

const Candidate& candidate(const std::string& name) {
    std::vector<std::string> names;
    for (const Candidate& each : all_candidates()) {
        if (each.name == name) return each;
        names.push_back(each.name);
    }
    throw UsageError(
        fmt::format("--receiver {}: no such receiver; there are {}", name, fmt::join(names, ", ")));
}

}  // namespace rxlab::bench
