// SPDX-License-Identifier: MIT
#include "dpdk_rx/port/flow_rules.hpp"

#include <fmt/format.h>
#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_flow.h>

#include <array>
#include <cstddef>

namespace rxlab::dpdk_rx {
namespace {

// A rule's parts point to each other: it is used where it was made, and not moved.
struct Rule {
    Rule(const wire::Ipv4Endpoint& group, std::uint16_t queue_index, std::uint16_t vlan_id) {
        attributes.ingress = 1;
        vlan.hdr.vlan_tci = rte_cpu_to_be_16(vlan_id);
        vlan_mask.hdr.vlan_tci = RTE_BE16(0x0fff);
        ip.hdr.dst_addr = rte_cpu_to_be_32(group.address);
        ip_mask.hdr.dst_addr = RTE_BE32(0xffffffff);
        udp.hdr.dst_port = rte_cpu_to_be_16(group.port);
        udp_mask.hdr.dst_port = RTE_BE16(0xffff);
        queue.index = queue_index;
        std::size_t n = 0;
        pattern[n++].type = RTE_FLOW_ITEM_TYPE_ETH;
        if (vlan_id != 0) {
            pattern[n++] = {RTE_FLOW_ITEM_TYPE_VLAN, &vlan, nullptr, &vlan_mask};
        }
        pattern[n++] = {RTE_FLOW_ITEM_TYPE_IPV4, &ip, nullptr, &ip_mask};
        pattern[n++] = {RTE_FLOW_ITEM_TYPE_UDP, &udp, nullptr, &udp_mask};
        pattern[n].type = RTE_FLOW_ITEM_TYPE_END;
        actions[0] = {RTE_FLOW_ACTION_TYPE_QUEUE, &queue};
        actions[1].type = RTE_FLOW_ACTION_TYPE_END;
    }
    Rule(const Rule&) = delete;
    Rule& operator=(const Rule&) = delete;

    rte_flow_attr attributes{};
    rte_flow_item_vlan vlan{}, vlan_mask{};
    rte_flow_item_ipv4 ip{}, ip_mask{};
    rte_flow_item_udp udp{}, udp_mask{};
    rte_flow_action_queue queue{};
    std::array<rte_flow_item, 5> pattern{};
    std::array<rte_flow_action, 2> actions{};
};

}  // namespace

std::string FlowRules::add(std::span<const wire::Ipv4Endpoint> groups,
                           std::span<const std::uint16_t> queue_of, std::uint16_t vlan) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const Rule rule{groups[i], queue_of[i], vlan};
        rte_flow_error error{};
        rte_flow* const made = rte_flow_create(port_, &rule.attributes, rule.pattern.data(),
                                               rule.actions.data(), &error);
        if (made == nullptr) {
            const int number = rte_errno;
            remove();
            return fmt::format("{} -> queue {}: {}", wire::to_string(groups[i]), queue_of[i],
                               error.message != nullptr ? error.message : rte_strerror(number));
        }
        rules_.push_back(made);
    }
    return {};
}

void FlowRules::remove() noexcept {
    for (rte_flow* rule : rules_) {
        rte_flow_error error{};
        rte_flow_destroy(port_, rule, &error);
    }
    rules_.clear();
}

}  // namespace rxlab::dpdk_rx
