// SPDX-License-Identifier: MIT
#include <rxlab/bench/candidates.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rxlab::bench {
namespace {

using Arguments = std::vector<std::string>;

// Room for a stall of tens of milliseconds, for every receiver: what a comparison of latencies is
// about is not who loses packets first. Ordinary users have less of it: the socket's buffer is cut
// to net.core.rmem_max, and the packet ring must fit into the memory that they may lock.
constexpr const char* kSocketBufferBytes = "8388608";
constexpr std::uint64_t kRingFramesMax = 1024, kRingFramesMin = 256;
constexpr std::uint64_t kRingFrameBytes = 2048;  // net_af_packet's default

Arguments kernel(const char* mode, const Place& place) {
    return {"--mode", mode, "--interface", place.interface, "--receive-buffer", kSocketBufferBytes};
}

// EAL options after those that name the port, and the `--` that ends them. Nothing is shared with
// other DPDK programs and nothing stays behind. EAL's --in-memory needs huge pages.
Arguments dpdk(Arguments arguments, const Place& place) {
    arguments.emplace_back("--no-telemetry");
    if (place.huge_pages > 0) {
        arguments.emplace_back("--in-memory");
    } else {
        arguments.insert(arguments.end(), {"--no-shconf", "--no-huge", "-m", "256"});
    }
    arguments.emplace_back("--");
    return arguments;
}

// The port is a virtual device on the interface.
Arguments on_interface(const char* driver, const char* driver_arguments, const Place& place) {
    return dpdk({"--no-pci",
                 fmt::format("--vdev={}0,iface={}{}", driver, place.interface, driver_arguments)},
                place);
}

// net_af_packet maps a ring for each direction with MAP_LOCKED; half of the limit is left to
// others.
std::uint64_t ring_frames(std::uint64_t lockable_bytes) {
    std::uint64_t frames = kRingFramesMax;
    while (frames > kRingFramesMin && 2 * frames * kRingFrameBytes > lockable_bytes / 2)
        frames /= 2;
    return frames;
}

Arguments af_packet(const Place& place) {
    const std::string ring = fmt::format(",framecnt={}", ring_frames(place.lockable_bytes));
    return on_interface("net_af_packet", ring.c_str(), place);
}

}  // namespace

const std::vector<Candidate>& all_candidates() {
    static const std::vector<Candidate> list{
        {"kernel-block", "Kernel socket, blocking", "kernel", "kernel_rx", false, true, "", "rx",
         [](const Place& place) { return kernel("block", place); }},
        {"kernel-spin", "Kernel socket, spinning", "kernel", "kernel_rx", false, false, "", "rx",
         [](const Place& place) { return kernel("spin", place); }},
        {"dpdk-af_packet", "DPDK, AF_PACKET port", "dpdk", "dpdk_rx", false, false, "veth", "rx",
         af_packet},
        {"dpdk-af_xdp", "DPDK, AF_XDP port", "dpdk", "dpdk_rx", true, false, "veth", "rx",
         [](const Place& place) { return on_interface("net_af_xdp", "", place); }},
        {"dpdk-port", "DPDK, bound port", "dpdk", "dpdk_rx", true, false, "nic", "rx-bound",
         [](const Place& place) {
             return dpdk({"--allow", place.port}, place);
         }},
    };
    return list;
}

const Candidate& candidate(const std::string& name) {
    std::vector<std::string> names;
    for (const Candidate& each : all_candidates()) {
        if (each.name == name) return each;
        names.push_back(each.name);
    }
    throw program::UsageError(
        fmt::format("--receiver {}: no such receiver; there are {}", name, fmt::join(names, ", ")));
}

}  // namespace rxlab::bench
