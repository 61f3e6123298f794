// SPDX-License-Identifier: MIT
#include "hardware_stamps.hpp"

#include <rxlab/latency/to_json.hpp>
#include <rxlab/program/errors.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace rxlab::kernel_rx {
namespace {

constexpr int kFirstReadings = 5;

// An ioctl(2) on an interface. 0, or the error.
int ask(int socket, const std::string& interface, unsigned long request, void* data) noexcept {
    ifreq asked{};
    interface.copy(asked.ifr_name, IFNAMSIZ - 1);
    asked.ifr_data = static_cast<char*>(data);
    return ioctl(socket, request, &asked) == 0 ? 0 : errno;
}

// The clock behind a descriptor of /dev/ptpN: FD_TO_CLOCKID in the kernel's testptp.c.
clockid_t clock_of(int descriptor) noexcept {
    return static_cast<clockid_t>(~static_cast<unsigned>(descriptor) << 3 | 3U);
}

std::uint64_t nanoseconds(const timespec& time) noexcept {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

ethtool_ts_info info_of(int socket, const std::string& interface) {
    ethtool_ts_info info{};
    info.cmd = ETHTOOL_GET_TS_INFO;
    info.phc_index = -1;
    const int error = ask(socket, interface, SIOCETHTOOL, &info);
    if (error != 0 && error != EOPNOTSUPP)
        throw program::RunError(error, "ask what " + interface + " can stamp");
    return info;
}

latency::NicClock clock_at(latency::Clock clock) {
    return {latency::Calibration::start(clock).run_ticks_per_ns(), latency::kNicErrorMax_ns};
}

}  // namespace

std::string why_no_hardware_stamps(const ethtool_ts_info& info) {
    constexpr std::uint32_t kNeeded = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
    if ((info.so_timestamping & kNeeded) != kNeeded) return "its driver has none";
    if ((info.rx_filters & (1U << HWTSTAMP_FILTER_ALL)) == 0) return "it stamps PTP packets alone";
    if (info.phc_index < 0) return "it has no clock that can be read";
    return {};
}

HardwareStamps::HardwareStamps(const std::string& interface)
    : interface_{interface},
      socket_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)},
      stamps_{clock_at(clock_)} {
    if (socket_.get() < 0) throw program::RunError(errno, "open a socket");
    const ethtool_ts_info info = info_of(socket_.get(), interface);
    if (const std::string why = why_no_hardware_stamps(info); !why.empty()) {
        throw program::UsageError(fmt::format(
            "--hardware-timestamps: {} takes no stamps of packets: {} (`ethtool -T {}`); the "
            "kernel's own are taken with --kernel-timestamps",
            interface, why, interface));
    }
    clock_path_ = fmt::format("/dev/ptp{}", info.phc_index);
    phc_ = program::Descriptor{open(clock_path_.c_str(), O_RDONLY | O_CLOEXEC)};
    if (phc_.get() < 0) {
        throw program::RunError(errno, "open the clock of " + interface + ", " + clock_path_,
                                "only root may, unless it is given to others");
    }
    stamp_all();
    for (int i = 0; i < kFirstReadings; ++i) {
        read_clock();
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
}

HardwareStamps::~HardwareStamps() {
    if (before_) static_cast<void>(ask(socket_.get(), interface_, SIOCSHWTSTAMP, &*before_));
}

// Drivers without SIOCGHWTSTAMP are taken for switched off.
void HardwareStamps::stamp_all() {
    hwtstamp_config found{};
    static_cast<void>(ask(socket_.get(), interface_, SIOCGHWTSTAMP, &found));
    if (found.rx_filter == HWTSTAMP_FILTER_ALL) return;
    hwtstamp_config wanted = found;
    wanted.rx_filter = HWTSTAMP_FILTER_ALL;
    const int error = ask(socket_.get(), interface_, SIOCSHWTSTAMP, &wanted);
    if (error != 0) {
        throw program::RunError(
            error, "have " + interface_ + " stamp all packets",
            error == EPERM ? "it takes CAP_NET_ADMIN" : "see `ethtool -T " + interface_ + "`");
    }
    before_ = found;
    if (wanted.rx_filter == HWTSTAMP_FILTER_ALL) return;
    static_cast<void>(ask(socket_.get(), interface_, SIOCSHWTSTAMP, &found));
    throw program::UsageError(fmt::format(
        "--hardware-timestamps: {} was asked to stamp all packets and stamps others (filter {})",
        interface_, wanted.rx_filter));
}

void HardwareStamps::read_clock() noexcept {
    timespec time{};
    latency::NicReading reading;
    reading.before = clock_.now();
    const int result = clock_gettime(clock_of(phc_.get()), &time);
    reading.after = clock_.now();
    reading.nic = nanoseconds(time);
    result == 0 ? stamps_.clock().add(reading) : stamps_.clock().add_failure(reading.after);
}

void HardwareStamps::keep_up() noexcept {
    if (stamps_.clock().is_due(clock_.now())) read_clock();
}

std::uint32_t HardwareStamps::age_ns(const std::optional<timespec>& stamp) noexcept {
    if (!stamp) {
        ++without_;
        return 0;
    }
    ++stamped_;
    keep_up();  // before `now`, which is when the packet is handed over
    return stamps_.age_ns(nanoseconds(*stamp), clock_.now());
}

nlohmann::ordered_json HardwareStamps::report() const {
    nlohmann::ordered_json json{
        {"packets", stamped_}, {"without", without_}, {"clock", clock_path_}};
    json.update(latency::nic_stamps_json(stamps_));
    return json;
}

}  // namespace rxlab::kernel_rx
