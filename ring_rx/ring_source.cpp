// SPDX-License-Identifier: MIT
#include "ring_rx/ring_source.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/relax.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace rxlab::ring_rx {
namespace {

const char* remedy_of(int error) {
    switch (error) {
        case ENOENT:
            return "load the module in a guest: make load in kernel/ring";
        case EACCES:
            return "it belongs to root";
        case EBUSY:
            return "a ring has one consumer, and there is one already; see: fuser -v /dev/rxring";
        default:
            return "";
    }
}

}  // namespace

RingSource::RingSource(const std::string& device, std::span<const rx::Line> lines, Mode mode,
                       int sleep_ms_max)
    : device_{device},
      mode_{mode},
      sleep_ms_max_{sleep_ms_max},
      descriptor_{open(device.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)},
      reader_{lines, false} {
    if (descriptor_.get() < 0) throw program::RunError(errno, "open " + device, remedy_of(errno));
    if (rxlab_ring_attach(&ring_, descriptor_.get()) != 0)
        throw program::RunError(errno, "map " + device, "is it the device of kernel/ring?");
}

RingSource::~RingSource() {
    rxlab_ring_detach(&ring_);
}

std::size_t RingSource::poll(std::span<rx::PacketView> batch) noexcept {
    return mode_ == Mode::read ? poll_read(batch) : poll_ring(batch);
}

// [snippet: ring-poll]
// The views that were handed out point into the ring; their slots go back at the next poll.
std::size_t RingSource::poll_ring(std::span<rx::PacketView> batch) noexcept {
    if (held_ > 0) {
        system_calls_ += static_cast<std::uint64_t>(rxlab_ring_give_back(&ring_, held_));
        held_ = 0;
    }
    const std::uint32_t ready = rxlab_ring_ready(&ring_);
    if (ready == 0) {
        wait();
        return 0;
    }
    std::size_t filled = 0;
    const auto end = std::min(ready, static_cast<std::uint32_t>(batch.size()));
    for (; held_ < end; ++held_) {
        std::uint32_t bytes = 0;
        const void* const frame = rxlab_ring_packet(&ring_, held_, &bytes);
        filled +=
            reader_.take({static_cast<const std::byte*>(frame), bytes}, 0, batch.subspan(filled));
    }
    return filled;
}
// [end: ring-poll]

void RingSource::wait() noexcept {
    if (mode_ == Mode::ring) {
        rx::relax();
        return;
    }
    pollfd wanted{descriptor_.get(), POLLIN, 0};
    ++system_calls_;
    if (::poll(&wanted, 1, sleep_ms_max_) < 0) {
        if (errno != EINTR) error_ = errno;
    } else if ((wanted.revents & POLLERR) != 0) {
        error_ = EIO;
    }
}

// [snippet: read-poll]
std::size_t RingSource::poll_read(std::span<rx::PacketView> batch) noexcept {
    ++system_calls_;
    const ssize_t bytes = ::read(descriptor_.get(), buffer_.data(), buffer_.size());
    if (bytes < 0) {
        if (errno == EAGAIN)
            wait();
        else if (errno != EINTR)
            error_ = errno;
        return 0;
    }
    return reader_.take({buffer_.data(), static_cast<std::size_t>(bytes)}, 0, batch);
}
// [end: read-poll]

std::string RingSource::failure() const {
    return fmt::format("receive from {}: {}", device_, std::generic_category().message(error_));
}

rx::SourceReport RingSource::report() const {
    rx::SourceReport report;
    report.counters["slots"] = ring_.memory->slots;
    report.counters["system_calls"] = system_calls_;
    rx::add_to_report(reader_.counters(), report);
    return report;
}

}  // namespace rxlab::ring_rx
