// SPDX-License-Identifier: MIT
#include "feedsim/send/device_transmitter.hpp"

#include "feedsim/send/file_transmitters.hpp"

#include <rxlab/program/errors.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace rxlab::feedsim {

DeviceTransmitter::DeviceTransmitter(const wire::Ipv4Endpoint& group, const std::string& device,
                                     std::uint8_t ttl, std::uint16_t vlan)
    : device_{device},
      descriptor_{open(device.c_str(), O_WRONLY | O_CLOEXEC)},
      headers_{frame_headers(group, vlan, ttl)} {
    if (descriptor_.get() < 0) {
        throw program::RunError(errno, "open " + device,
                                errno == ENOENT ? "load the module: make load in kernel/ring" : "");
    }
}

SendResult DeviceTransmitter::send(std::span<const std::byte> payload, latency::Ticks) noexcept {
    const std::span<const std::byte> frame = wire::build_udp_frame(memory_, headers_, payload);
    if (write(descriptor_.get(), frame.data(), frame.size()) >= 0) return SendResult::sent;
    if (first_error_ == 0) first_error_ = errno;
    return errno == EINTR ? SendResult::refused : SendResult::broken;
}

std::string DeviceTransmitter::failure() const {
    if (first_error_ == 0) return {};
    return fmt::format("write to {}: {}", device_, std::generic_category().message(first_error_));
}

}  // namespace rxlab::feedsim
