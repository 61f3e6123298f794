// SPDX-License-Identifier: MIT
//
// A PacketSource over /dev/rxring, the device of kernel/ring: Ethernet frames that somebody writes
// into it (feedsim --device). Three ways to take them, the same in everything else:
//   ring   from the mapped ring, spinning: no system call
//   poll   from the mapped ring; where it is empty, poll(2) sleeps
//   read   read(2): a system call and a copy for each frame; where there is none, poll(2) sleeps
// Ownership: the descriptor and the mapping. Threading: one thread.
#pragma once

#include <rxlab/program/descriptor.hpp>
#include <rxlab/ring_consumer.h>
#include <rxlab/rx/frame_reader.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rxlab::ring_rx {

enum class Mode : std::uint8_t { ring, poll, read };

class RingSource {
  public:
    // `device`: such as /dev/rxring. Throws program::RunError.
    RingSource(const std::string& device, std::span<const rx::Line> lines, Mode mode,
               int sleep_ms_max);
    ~RingSource();
    RingSource(const RingSource&) = delete;
    RingSource& operator=(const RingSource&) = delete;

    // Blocks with Mode::poll and Mode::read, until there is a frame or a signal, or for
    // sleep_ms_max.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool failed() const noexcept { return error_ != 0; }
    [[nodiscard]] bool is_gone() const noexcept { return failed(); }
    [[nodiscard]] std::string failure() const;
    [[nodiscard]] bool sleeps() const noexcept { return mode_ != Mode::ring; }
    [[nodiscard]] const std::string& interface() const noexcept { return device_; }
    // A full ring makes the writer wait: nothing is dropped here.
    [[nodiscard]] std::uint64_t drops() const noexcept { return 0; }
    [[nodiscard]] rx::SourceReport report() const;

  private:
    [[nodiscard]] std::size_t poll_ring(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] std::size_t poll_read(std::span<rx::PacketView> batch) noexcept;
    void wait() noexcept;

    std::string device_;
    Mode mode_;
    int sleep_ms_max_;
    program::Descriptor descriptor_;
    rxlab_ring_consumer ring_{};
    std::uint32_t held_ = 0;  // packets of the last poll, which are not given back yet
    rx::FrameReader reader_;
    std::array<std::byte, RXLAB_RING_PACKET_BYTES_MAX> buffer_{};  // of Mode::read
    std::uint64_t system_calls_ = 0;                               // to get packets
    int error_ = 0;
};

static_assert(rx::PacketSource<RingSource>);

}  // namespace rxlab::ring_rx
