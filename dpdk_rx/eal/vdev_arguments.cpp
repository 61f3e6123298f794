// SPDX-License-Identifier: MIT
#include "dpdk_rx/eal/vdev_arguments.hpp"

#include <algorithm>
#include <charconv>

namespace rxlab::dpdk_rx {

std::optional<std::string> VdevArguments::find(std::string_view key) const {
    for (const auto& [own_key, value] : list) {
        if (own_key == key) return value;
    }
    return std::nullopt;
}

unsigned VdevArguments::number(std::string_view key, unsigned otherwise) const {
    const std::string text = find(key).value_or("");
    unsigned value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && value > 0 ? value : otherwise;
}

VdevArguments parse_vdev_arguments(std::string name, std::string_view text) {
    VdevArguments arguments{std::move(name), {}};
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find(','));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        const std::size_t equals = std::min(one.find('='), one.size());
        const std::string_view value = one.substr(std::min(equals + 1, one.size()));
        if (!one.empty()) arguments.list.emplace_back(one.substr(0, equals), value);
    }
    return arguments;
}

std::vector<VdevArguments> vdevs_in(std::span<char*> arguments) {
    constexpr std::string_view kOption = "--vdev";
    std::vector<VdevArguments> vdevs;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string_view text = arguments[i];
        if (text == kOption && i + 1 < arguments.size()) {
            text = arguments[++i];
        } else if (text.starts_with("--vdev=")) {
            text.remove_prefix(kOption.size() + 1);
        } else {
            continue;
        }
        const std::size_t comma = std::min(text.find(','), text.size());
        vdevs.push_back(parse_vdev_arguments(std::string{text.substr(0, comma)},
                                             text.substr(std::min(comma + 1, text.size()))));
    }
    return vdevs;
}

}  // namespace rxlab::dpdk_rx
