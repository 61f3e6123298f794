// SPDX-License-Identifier: MIT
#pragma once

#include <rxlab/wire/address.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rxlab::dpdk_rx {

// Which feed a datagram belongs to, by destination address and port. Linear: a receiver listens to
// a handful of groups, and the keys of eight share a cache line.
class GroupTable {
  public:
    explicit GroupTable(std::span<const wire::Ipv4Endpoint> groups) {
        for (const wire::Ipv4Endpoint& group : groups)
            keys_.push_back(make_key(group.address, group.port));
    }

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

}  // namespace rxlab::dpdk_rx
