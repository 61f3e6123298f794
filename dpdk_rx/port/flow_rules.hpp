// SPDX-License-Identifier: MIT
//
// Rules in the port that bring each feed to its queue (rte_flow). Threading: set up by one thread.
#pragma once

#include <rxlab/wire/address.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

struct rte_flow;

namespace rxlab::dpdk_rx {

class FlowRules {
  public:
    explicit FlowRules(std::uint16_t port) noexcept : port_{port} {}
    FlowRules(const FlowRules&) = delete;
    FlowRules& operator=(const FlowRules&) = delete;
    ~FlowRules() { remove(); }

    // One rule for each group, on a started port: destination address and UDP port (and the VLAN,
    // where one is given) -> queue_of[index]. All or none: returns an empty text, or why the port
    // took them not.
    std::string add(std::span<const wire::Ipv4Endpoint> groups,
                    std::span<const std::uint16_t> queue_of, std::uint16_t vlan);
    void remove() noexcept;

  private:
    std::uint16_t port_;
    std::vector<rte_flow*> rules_;
};

}  // namespace rxlab::dpdk_rx
