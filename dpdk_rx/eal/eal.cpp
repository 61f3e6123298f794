// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/eal.hpp"

#include "dpdk_rx/eal/eal_output.hpp"
#include "dpdk_rx/eal/peer_sockets.hpp"
#include "dpdk_rx/eal/privileges.hpp"
#include "dpdk_rx/eal/vdev_arguments.hpp"

#include <rxlab/link/link.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>
#include <net/if.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_pdump.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace rxlab::dpdk_rx {
namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::vector<std::string> strings(std::span<char*> arguments) {
    return {arguments.begin(), arguments.end()};
}

std::string missing_device(std::span<char*> arguments) {
    for (const std::string& address : allowed_devices(strings(arguments))) {
        std::string missing = missing_device_access({}, address);
        if (!missing.empty()) return missing;
    }
    return {};
}

bool has_argument(std::span<char*> arguments, std::string_view wanted) {
    return std::any_of(arguments.begin(), arguments.end(),
                       [wanted](const char* argument) { return wanted == argument; });
}

// What this machine lacks, where EAL's complaint is about that. EAL speaks of huge pages also where
// it has enough of them (of another size, or in memory without files): only its last words count.
std::string missing_privilege(std::string_view output, std::span<char*> arguments) {
    if (!has_argument(arguments, "--no-huge") &&
        (contains(output, "Cannot get hugepage information") ||
         contains(output, "Cannot init memory") || contains(output, "hugepage file"))) {
        std::string missing = missing_huge_pages(
            {}, has_argument(arguments, "--in-memory") ? HugeFiles::unused : HugeFiles::used);
        return !missing.empty() ? missing
                                : "too few huge pages are free: reserve more (`sysctl -w "
                                  "vm.nr_hugepages=N`), or add --no-huge -m 512 before the --";
    }
    if (contains(output, "DMA") || contains(output, "VFIO_IOMMU_MAP")) {
        rlimit limit{};
        getrlimit(RLIMIT_MEMLOCK, &limit);
        std::string missing = missing_lockable_memory(limit.rlim_cur);
        if (!missing.empty()) return missing;
    }
    return missing_device(arguments);
}

std::string remedy(std::string_view output, std::span<char*> arguments) {
    if (std::string missing = missing_privilege(output, arguments); !missing.empty())
        return missing;
    if (contains(output, "Is another primary process running")) {
        return "another DPDK process has these files: give this one its own, with --file-prefix "
               "NAME or --in-memory before the --";
    }
    if (contains(output, "--legacy-mem is not compatible with --in-memory") &&
        has_argument(arguments, "--no-huge")) {
        return "before DPDK 25.11, --no-huge and --in-memory exclude each other: leave --in-memory "
               "out, and give it a --file-prefix NAME of its own";
    }
    if (contains(output, "Permission denied") || contains(output, "Operation not permitted") ||
        contains(output, "open AF_PACKET socket") || contains(output, "create umem")) {
        return "run as root, or inside the test bed (`testbed/veth/veth exec rx …`)";
    }
    if (contains(output, "ioctl(SIOCGIFINDEX)") || contains(output, "No such device") ||
        contains(output, "info of interface")) {
        return "see `ip link` for the interfaces there are";
    }
    if (contains(output, "runtime directory")) {
        return "EAL needs a writable /var/run (root) or XDG_RUNTIME_DIR; the test bed has one";
    }
    return "EAL says more with --log-level=8 before the --";
}

bool wrong_option(std::string_view output) {
    return contains(output, "unrecognized option") || contains(output, "invalid option") ||
           contains(output, "requires an argument") || contains(output, "Invalid EAL") ||
           contains(output, "ARGPARSE: ") ||  // DPDK 25.11
           contains(output, "invalid core list") || contains(output, "invalid coremask") ||
           contains(output, "is unavailable");
}

// Its start would fail, and its end would take that program away: net_af_xdp removes whatever XDP
// program it finds [DPDK 22.11 to 23.11], so another receiver would hear nothing more.
void require_no_xdp_program(std::span<char*> arguments) {
    for (const VdevArguments& vdev : vdevs_in(arguments)) {
        if (!vdev.name.starts_with("net_af_xdp") && !vdev.name.starts_with("eth_af_xdp")) continue;
        const std::string interface = vdev.find("iface").value_or("");
        const auto link = link::ask_for_link(if_nametoindex(interface.c_str()));
        if (!link || link->xdp_program == 0) continue;
        throw program::RunError(fmt::format(
            "start port {}: interface {} has an XDP program already (id {}), which this port would "
            "take away from whoever receives by it; see `bpftool net`, and if nobody does: `ip "
            "link set dev {} xdp off`",
            vdev.name, interface, link->xdp_program, interface));
    }
}

}  // namespace

Eal::Eal(std::span<char*> arguments) {
    start(arguments);
    // From here on dpdk-dumpcap, a process beside this one, may ask for copies of what a port
    // receives; until it does, nothing is different. Without files to share (--no-shconf,
    // --in-memory) it cannot ask.
    static_cast<void>(rte_pdump_init());
}

void Eal::start(std::span<char*> arguments) {
    require_no_xdp_program(arguments);
    clear_peer_sockets(arguments);
    std::signal(SIGPIPE, SIG_IGN);
    for (const char* argument : arguments) {
        log_wanted_ = log_wanted_ || std::string_view{argument}.starts_with("--log-level");
    }
    // EAL reorders its arguments: give it a copy of the pointers.
    std::vector<char*> copy{arguments.begin(), arguments.end()};
    copy.push_back(nullptr);
    const int count = static_cast<int>(arguments.size());
    if (log_wanted_) {
        const ExitWatch watch{nullptr};
        if (rte_eal_init(count, copy.data()) < 0) {
            throw program::RunError(rte_errno, "start EAL (rte_eal_init)",
                                    "its log above says why");
        }
        return;
    }
    OutputCapture capture;
    const int result = [&] {
        const ExitWatch watch{&capture};
        return rte_eal_init(count, copy.data());
    }();
    // It logs every message of the protocol, also while packets are received.
    rte_log_set_level_pattern("lib.vhost.*", RTE_LOG_WARNING);
    const int error = rte_errno;
    const std::string output = capture.finish();
    std::string reason = complaint_in(output);
    if (result >= 0) {
        // EAL starts without the devices that it could not probe, or that it must not have.
        const std::string missing =
            rte_eth_dev_count_avail() > 0 ? std::string{} : missing_device(arguments);
        if (rte_eth_dev_count_avail() > 0 || (reason.empty() && missing.empty())) return;
        rte_eal_cleanup();
        if (reason.empty()) throw program::RunError("probe the device: " + missing);
        throw program::RunError(
            fmt::format("probe the device: {}; {}", reason, remedy(output, arguments)));
    }
    if (reason.empty()) reason = rte_strerror(error);
    if (wrong_option(output)) throw program::UsageError(refused_options(reason));
    throw program::RunError(fmt::format("start EAL: {}; {}", reason, remedy(output, arguments)));
}

void Eal::hush(const char* pattern) noexcept {
    if (!log_wanted_) rte_log_set_level_pattern(pattern, RTE_LOG_CRIT);
}

Eal::~Eal() {
    rte_pdump_uninit();
    if (cleans_up_) rte_eal_cleanup();
}

std::vector<unsigned> lcores_of(std::uint16_t queues) {
    std::vector<unsigned> lcores{rte_get_main_lcore()};
    unsigned lcore = std::numeric_limits<unsigned>::max();  // before the first
    while (lcores.size() < queues && (lcore = rte_get_next_lcore(lcore, 1, 0)) < RTE_MAX_LCORE)
        lcores.push_back(lcore);
    return lcores;
}

unsigned cpu_of(unsigned lcore) noexcept {
    return static_cast<unsigned>(rte_lcore_to_cpu_id(static_cast<int>(lcore)));
}

namespace {

std::string port_names() {
    std::string names;
    for (std::uint16_t id = rte_eth_find_next(0); id < RTE_MAX_ETHPORTS;
         id = rte_eth_find_next(static_cast<std::uint16_t>(id + 1))) {
        if (!names.empty()) names += ", ";
        names += fmt::format("{} ({})", id, port_name(id));
    }
    return names;
}

// What EAL calls its lcores' threads: "lcore-worker-1" [22.11], "rte-worker-1", "dpdk-worker1".
bool is_lcore(const std::filesystem::path& task) {
    std::string name;
    std::getline(std::ifstream{task / "comm"}, name);
    return name.find("worker") != std::string::npos || name.starts_with("lcore");
}

}  // namespace

cpu_set_t allowed_cpus() noexcept {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    return set;
}

ControlThreads::ControlThreads(std::uint16_t lcores, const cpu_set_t& allowed) : rest_{allowed} {
    for (unsigned lcore : lcores_of(lcores)) {
        if (const unsigned cpu = cpu_of(lcore); cpu < CPU_SETSIZE) CPU_CLR(cpu, &rest_);
    }
    move();
}

void ControlThreads::move() const {
    if (CPU_COUNT(&rest_) == 0) return;
    const pid_t self = gettid();
    std::error_code ignored;
    for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task", ignored}) {
        const std::string name = task.path().filename();
        pid_t thread = 0;
        std::from_chars(name.data(), name.data() + name.size(), thread);
        if (thread == 0 || thread == self || is_lcore(task.path())) continue;
        sched_setaffinity(thread, sizeof rest_, &rest_);  // it may have ended meanwhile
    }
}

std::string port_name(std::uint16_t id) {
    std::array<char, RTE_ETH_NAME_MAX_LEN> name{};
    rte_eth_dev_get_name_by_port(id, name.data());
    return name.data();
}

std::uint16_t find_port(const std::string& wanted) {
    const unsigned available = rte_eth_dev_count_avail();
    if (available == 0) {
        throw program::UsageError(
            "EAL found no port; give it a virtual one (--vdev net_af_packet0,iface=NAME) or bind a "
            "NIC (`dpdk-devbind.py --status`) before the --");
    }
    if (wanted.empty()) {
        if (available == 1) return rte_eth_find_next(0);
        throw program::UsageError("EAL found several ports; choose with --interface: " +
                                  port_names());
    }
    std::uint16_t id = 0;
    if (rte_eth_dev_get_port_by_name(wanted.c_str(), &id) == 0) return id;
    const char* const end = wanted.data() + wanted.size();
    const auto [rest, error] = std::from_chars(wanted.data(), end, id);
    if (error == std::errc{} && rest == end && rte_eth_dev_is_valid_port(id) != 0) return id;
    throw program::UsageError(
        fmt::format("--interface {}: no such port; EAL found {}", wanted, port_names()));
}

}  // namespace rxlab::dpdk_rx
