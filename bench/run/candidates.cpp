// SPDX-License-Identifier: MIT
#include "bench/run/candidates.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/near.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <sstream>

namespace rxlab::bench {
namespace {

using Arguments = std::vector<std::string>;

// Room for a stall of tens of milliseconds, the same for every receiver: a comparison of latencies
// is not about who loses packets first. Ordinary users get less: the kernel limits the socket's
// buffer to net.core.rmem_max, and the packet ring must fit into the memory that they may lock.
constexpr const char* kSocketBufferBytes = "8388608";
constexpr std::uint64_t kRingFramesMax = 1024, kRingFramesMin = 256;
constexpr std::uint64_t kRingFrameBytes = 2048;  // net_af_packet's default

Arguments kernel(const char* mode, const Place& place, Arguments more = {}) {
    more.insert(more.begin(), {"--mode", mode, "--interface", place.interface, "--receive-buffer",
                               kSocketBufferBytes});
    return more;
}

Arguments on(const Place& place, Arguments options) {
    options.insert(options.begin(), {"--interface", place.interface});
    return options;
}

Candidate asked_for(Candidate candidate) {
    candidate.by_default = false;
    return candidate;
}

Candidate taking_frames(Candidate candidate) {
    candidate.takes_frames = true;
    return candidate;
}

Candidate on_pollable_queue(Candidate candidate) {
    candidate.pollable_queue = true;
    return candidate;
}

// Twice the time between packets of one feed at the usual rate: long enough not to sleep.
constexpr const char* kBusyPoll_us = "200";

// EAL options after those that name the port, and the `--` that ends them. They share nothing with
// other DPDK programs and leave nothing behind. EAL's --in-memory needs huge pages.
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

// net_af_packet maps a ring for each direction with MAP_LOCKED. The rings get half of the limit.
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

// Both ends of a wire that is memory: EAL options up to the `--`. The memory is a file without a
// name, which one end hands to the other; huge pages would gain nothing for so few cache
// lines.
Arguments shared_memory(const char* vdev, const Place&) {
    return {"--no-pci",
            "--no-telemetry",
            "--no-shconf",
            "--no-huge",
            "-m",
            "256",
            "--single-file-segments",
            fmt::format("--vdev={}", vdev),
            "--"};
}

// Sockets in the bed's own /run. With memif, the client's memory is the wire: it sends without a
// copy. With virtio, the receiver's end is the back end, which maps the sender's memory.
// Where bsize is above the room of an mbuf, the driver fetches one mbuf for each packet, and not 32
// for each poll that finds one (eth_memif_rx() of DPDK).
constexpr const char* kMemifRx =
    "net_memif0,role=server,socket=/run/memif.sock,socket-abstract=no,bsize=4096";
constexpr const char* kMemifTx =
    "net_memif0,role=client,socket=/run/memif.sock,socket-abstract=no,zero-copy=yes";
constexpr const char* kVhostRx = "net_vhost0,iface=/run/vhost.sock,queues=1";
constexpr const char* kVhostTx = "net_virtio_user0,path=/run/vhost.sock,queues=1,queue_size=1024";

Candidate tap_kernel_spin() {
    Candidate tap{"tap-kernel-spin",
                  "TAP, kernel socket, spinning",
                  "kernel",
                  "kernel_rx",
                  false,
                  false,
                  "shm",
                  "rx",
                  [](const Place& place) { return kernel("spin", place); }};
    tap.sender_arguments = [](const Place& place) {
        const std::string vdev = fmt::format("net_tap0,iface={}", place.interface);
        return shared_memory(vdev.c_str(), place);
    };
    return tap;
}

template <const char* const& kReceiver, const char* const& kSender>
Candidate over_shared_memory(const char* name, const char* title) {
    Candidate both{
        name,      title, "dpdk",
        "dpdk_rx", false, false,
        "shm",     "rx",  [](const Place& place) { return shared_memory(kReceiver, place); }};
    both.sender_arguments = [](const Place& place) { return shared_memory(kSender, place); };
    return both;
}

constexpr const char* kNoHugePages = "--no-huge";

// A variant must not change what is sent, what is written, or whether it sleeps.
const std::set<std::string> kRuled{
    "--mode", "--interface", "--group",   "--line-b", "--exit-at-end-of-session",
    "--v3",   "--hook",      "--workers", "--trace",  "--trace-records",
    "--json", "--messages"};

// What starts a thread of the kernel's on a CPU that is not among those of the run.
constexpr const char* kSqpoll = "--sqpoll";
constexpr const char* kCpu = "--cpu";

constexpr const char* kBusyPoll = "--busy-poll";

bool is_option(const std::string& argument) {
    return argument.starts_with("--") && argument.size() > 2;
}

// Takes an option and its value out of the arguments.
void remove_option(Arguments& arguments, const std::string& name) {
    const auto found = std::find(arguments.begin(), arguments.end(), name);
    if (found == arguments.end()) return;
    const auto value = std::next(found);
    const bool has_value = value != arguments.end() && !value->starts_with("--");
    arguments.erase(found, has_value ? std::next(value) : value);
}

// The CPU that a variant's options name.
std::optional<int> named_cpu(const Arguments& changes) {
    const auto option = std::ranges::find(changes, kCpu);
    if (option == changes.end() || std::next(option) == changes.end()) return std::nullopt;
    const std::string& value = *std::next(option);
    int cpu = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), cpu);
    const bool is_number = error == std::errc{} && end == value.data() + value.size();
    return is_number ? std::optional{cpu} : std::nullopt;
}

Arguments words_of(const std::string& text) {
    std::istringstream stream{text};
    return {std::istream_iterator<std::string>{stream}, {}};
}

}  // namespace

const std::vector<Candidate>& all_candidates() {
    static const std::vector<Candidate> list{
        {"kernel-block", "Kernel socket, blocking", "kernel", "kernel_rx", false, true, "", "rx",
         [](const Place& place) { return kernel("block", place); }},
        // What of its latency is the core's waking, and not the thread's: the two below.
        {"kernel-block-awake",
         "Kernel socket, blocking, core awake",
         "kernel",
         "kernel_rx",
         true,
         true,
         "",
         "rx",
         [](const Place& place) { return kernel("block", place); },
         {},
         CoreSleep::forbidden},
        {"kernel-block-busy",
         "Kernel socket, blocking, core never idle",
         "kernel",
         "kernel_rx",
         false,
         true,
         "",
         "rx",
         [](const Place& place) { return kernel("block", place); },
         {},
         CoreSleep::never_idle},
        {"kernel-spin", "Kernel socket, spinning", "kernel", "kernel_rx", false, false, "", "rx",
         [](const Place& place) { return kernel("spin", place); }},
        asked_for({"kernel-epoll", "Kernel socket, epoll", "kernel", "kernel_rx", false, true, "",
                   "rx", [](const Place& place) { return kernel("epoll", place); }}),
        on_pollable_queue(
            asked_for({"kernel-busy-poll", "Kernel socket, busy-polling", "kernel", "kernel_rx",
                       false, true, "", "rx",
                       [](const Place& place) {
                           return kernel("busy-poll", place, {"--busy-poll", kBusyPoll_us});
                       }})),
        asked_for({"kernel-recvmmsg", "Kernel socket, recvmmsg", "kernel", "kernel_rx", false,
                   false, "", "rx", [](const Place& place) { return kernel("recvmmsg", place); }}),
        asked_for({"kernel-io-uring", "Kernel socket, io_uring", "kernel", "kernel_rx", false,
                   false, "", "rx", [](const Place& place) { return kernel("io_uring", place); }}),
        on_pollable_queue(
            asked_for({"kernel-io-uring-busy-poll", "Kernel socket, io_uring, busy-polling",
                       "kernel", "kernel_rx", false, true, "", "rx",
                       [](const Place& place) {
                           return kernel("io_uring", place, {"--busy-poll", kBusyPoll_us});
                       }})),
        asked_for({"packet", "Packet ring", "packet", "packet_rx", false, false, "", "rx",
                   [](const Place& place) { return on(place, {}); }}),
        asked_for({"packet-v3", "Packet ring, by blocks", "packet", "packet_rx", false, false, "",
                   "rx", [](const Place& place) { return on(place, {"--v3"}); }}),
        taking_frames(asked_for({"xdp", "AF_XDP, generic", "xdp", "xdp_rx", true, false, "", "rx",
                                 [](const Place& place) {
                                     return on(place, {"--hook", "generic"});
                                 }})),
        taking_frames(
            asked_for({"xdp-native", "AF_XDP, native", "xdp", "xdp_rx", true, false, "", "rx",
                       [](const Place& place) {
                           return on(place, {"--hook", "native"});
                       }})),
        taking_frames(asked_for({"nic-port", "Own driver, bound port", "nic", "nic_rx", true, false,
                                 "nic", "rx-bound",
                                 [](const Place& place) {
                                     return Arguments{"--interface", place.port};
                                 }})),
        {"dpdk-af_packet", "DPDK over AF_PACKET", "dpdk", "dpdk_rx", false, false, "veth", "rx",
         af_packet},
        taking_frames({"dpdk-af_xdp", "DPDK over AF_XDP", "dpdk", "dpdk_rx", true, false, "veth",
                       "rx",
                       [](const Place& place) { return on_interface("net_af_xdp", "", place); }}),
        taking_frames({"dpdk-port", "DPDK, bound port", "dpdk", "dpdk_rx", true, false, "nic",
                       "rx-bound",
                       [](const Place& place) {
                           return dpdk({"--allow", place.port}, place);
                       }}),
        tap_kernel_spin(),
        over_shared_memory<kMemifRx, kMemifTx>("dpdk-memif", "DPDK over memif"),
        over_shared_memory<kVhostRx, kVhostTx>("dpdk-vhost", "DPDK over vhost-user"),
    };
    return list;
}

const Candidate& candidate(const std::string& name) {
    std::vector<std::string> names;
    for (const Candidate& each : all_candidates()) {
        if (each.name == name) return each;
        names.push_back(each.name);
    }
    throw program::UsageError(fmt::format("--receiver {}: no such receiver; there are {}{}", name,
                                          fmt::join(names, ", "),
                                          program::did_you_mean(name, names)));
}

Candidate variant(const std::string& text) {
    const auto refuse = [&](const std::string& why) {
        throw program::UsageError(fmt::format(
            "--variant '{}': {}; for example: 'small-buffer=kernel-spin --receive-buffer 65536'",
            text, why));
    };
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const bool is_plain =
        !name.empty() &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
    if (equals == std::string::npos || !is_plain) {
        refuse("not of the form NAME=RECEIVER OPTION…, NAME in lower-case letters, digits and -");
    }
    Arguments words = words_of(text.substr(equals + 1));
    if (words.empty()) refuse("no receiver");
    for (const Candidate& each : all_candidates()) {
        if (each.name == name) refuse("this name is a receiver's own");
    }
    Candidate changed = candidate(words.front());
    words.erase(words.begin());
    if (words.empty() || !is_option(words.front())) refuse("no options after the receiver");
    for (const std::string& word : words) {
        const std::string option = word.substr(0, word.find('='));
        if (kRuled.contains(option)) {
            refuse(option +
                   " is set by rxbench itself, or makes it another receiver: name that one");
        }
        if (option == kSqpoll)
            refuse(option + " needs a third CPU, of which rxbench would see nothing");
        if (option == kCpu && !named_cpu(words)) refuse("write --cpu N, N being a CPU's number");
        // xdp_rx does not sleep with it.
        if (option == kBusyPoll && !changed.sleeps && changed.kind == "kernel")
            refuse(option + " lets it sleep: name kernel-busy-poll or kernel-io-uring-busy-poll");
    }
    changed.cpu = named_cpu(words);
    changed.name = name;
    changed.title = fmt::format("{}, {}", changed.title, fmt::join(words, " "));
    changed.changes = std::move(words);
    return changed;
}

Candidate copy(const Candidate& candidate, std::size_t number) {
    Candidate another = candidate;
    another.copy_of = candidate.name;
    another.name = fmt::format("{}-{}", candidate.name, number);
    another.title = fmt::format("{} ({})", candidate.title, number);
    return another;
}

bool is_a_way_of_its_own(const Candidate& candidate) noexcept {
    return candidate.sleep == CoreSleep::as_it_is;
}

std::string reason_against_company(const Candidate& candidate) {
    if (candidate.takes_frames) {
        return "it takes the feed's frames out of the interface's queue, and no other receiver "
               "would get them; run it alone";
    }
    if (candidate.sender_arguments != nullptr)
        return "its wire has one receiving end; use --testbed veth or nic";
    if (candidate.cpu) return "rxbench gives each receiver a CPU there; leave out --cpu";
    if (!is_a_way_of_its_own(candidate))
        return "it changes how its core sleeps, for the others as well; name kernel-block";
    return {};
}

Arguments own_arguments(const Candidate& candidate, Place place) {
    const auto& changes = candidate.changes;
    if (std::find(changes.begin(), changes.end(), kNoHugePages) != changes.end()) {
        place.huge_pages = 0;
    }
    return candidate.arguments(place);
}

void apply_changes(const Candidate& candidate, Arguments& arguments) {
    for (const std::string& change : candidate.changes) {
        if (is_option(change) && change != kNoHugePages) remove_option(arguments, change);
    }
    for (const std::string& change : candidate.changes) {
        if (change != kNoHugePages || candidate.kind != "dpdk") arguments.push_back(change);
    }
}

}  // namespace rxlab::bench
