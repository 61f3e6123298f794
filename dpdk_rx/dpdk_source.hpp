// SPDX-License-Identifier: MIT
//
// A PacketSource over one DPDK port: bursts from the receive ring, headers parsed in place,
// payloads handed on as views into the mbufs. A burst's mbufs go back to the pool in one call at
// the next poll, after the pipeline has used them. Ownership: the port. Threading: one thread, the
// one that polls.
#pragma once

#include "port.hpp"

#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/wire/frame.hpp>

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::dpdk_rx {

// Which feed a datagram belongs to, by destination address and port. Linear: a receiver listens to
// a handful of groups, and the keys of eight share a cache line.
class GroupTable {
  public:
    explicit GroupTable(std::span<const wire::Ipv4Endpoint> groups);

    [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t address,
                                                    std::uint16_t port) const noexcept {
        const std::uint64_t key = make_key(address, port);
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (keys_[i] == key) return static_cast<std::uint32_t>(i);
        }
        return std::nullopt;
    }

  private:
    static std::uint64_t make_key(std::uint32_t address, std::uint16_t port) noexcept {
        return std::uint64_t{address} << 16 | port;
    }

    std::vector<std::uint64_t> keys_;
};

class DpdkSource {
  public:
    // Starts the port; see Port.
    DpdkSource(const PortOptions& options, std::span<const wire::Ipv4Endpoint> groups);
    DpdkSource(const DpdkSource&) = delete;
    DpdkSource& operator=(const DpdkSource&) = delete;
    ~DpdkSource();

    // Never blocks.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool failed() const noexcept { return port_.removed(); }
    [[nodiscard]] std::string failure() const;
    [[nodiscard]] const std::string& interface() const noexcept { return port_.name(); }
    [[nodiscard]] rx::SourceReport report() const;

  private:
    void release_burst() noexcept;

    Port port_;
    GroupTable groups_;
    std::array<rte_mbuf*, rx::kBatchPackets> burst_{};
    std::uint16_t burst_size_ = 0;
    wire::FrameCounters frames_;
    std::uint64_t other_groups_ = 0;
    std::uint64_t segmented_ = 0;
};

static_assert(rx::PacketSource<DpdkSource>);

}  // namespace rxlab::dpdk_rx
