// SPDX-License-Identifier: MIT
//
// What EAL's --vdev says, as the drivers read it: NAME,KEY=VALUE,… Pure; throws nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rxlab::dpdk_rx {

struct VdevArguments {
    std::string name;  // "net_af_packet0"
    std::vector<std::pair<std::string, std::string>> list;

    // Of a key that occurs twice, the first.
    [[nodiscard]] std::optional<std::string> find(std::string_view key) const;
    // A positive decimal number; `otherwise` where there is none.
    [[nodiscard]] unsigned number(std::string_view key, unsigned otherwise) const;
};

// `text`: what follows the name and its comma, as devargs hold it (rte_devargs::args).
[[nodiscard]] VdevArguments parse_vdev_arguments(std::string name, std::string_view text);

// Those of every --vdev=… and --vdev … among EAL's arguments.
[[nodiscard]] std::vector<VdevArguments> vdevs_in(std::span<char*> arguments);

}  // namespace rxlab::dpdk_rx
