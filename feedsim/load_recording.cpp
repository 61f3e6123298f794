// SPDX-License-Identifier: MIT
#include "feedsim/load_recording.hpp"

#include "feedsim/market/recording.hpp"

#include <rxlab/capture/contents.hpp>
#include <rxlab/capture/reader.hpp>
#include <rxlab/program/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::feedsim {

using program::RunError;

namespace {

void find_groups(Options& options) {
    capture::Reader reader{options.read_pcap};
    std::string unicast;
    for (const auto& destination : capture::contents_of(reader).destinations) {
        const wire::Ipv4Endpoint& endpoint = destination.endpoint;
        if (!destination.is_feed()) continue;
        if (options.read_vlan && destination.vlan != *options.read_vlan) continue;
        const bool is_renamed = std::ranges::find(options.send_to, endpoint, &SendTo::recorded) !=
                                options.send_to.end();
        if (!wire::is_multicast(endpoint) && !is_renamed) {
            unicast = wire::to_string(endpoint);
            continue;
        }
        if (std::ranges::find(options.groups, endpoint) == options.groups.end())
            options.groups.push_back(endpoint);
    }
    if (!reader.failure().empty()) throw RunError(reader.failure());
    if (options.groups.empty() && !unicast.empty()) {
        throw RunError(
            fmt::format("replay {0}: no multicast group in it carries MoldUDP64, but {1} "
                        "does: say where to send it, --send-to {1}=239.1.1.1:30001",
                        options.read_pcap, unicast));
    }
    if (options.groups.empty()) {
        throw RunError(
            fmt::format("replay {0}: no multicast group in it carries MoldUDP64; "
                        "`kernel_rx --read-pcap {0}` lists its content",
                        options.read_pcap));
    }
    if (!options.write_itch.empty() && options.groups.size() > 1) {
        throw program::UsageError(
            fmt::format("--write-itch writes one feed, but {} contains {}: "
                        "choose one with --group",
                        options.read_pcap, options.groups.size()));
    }
}

// Replaces the groups where the feeds went by those where they are to go.
void rename_groups(Options& options) {
    std::vector<wire::Ipv4Endpoint> groups = options.groups;
    for (const SendTo& one : options.send_to) {
        const auto found = std::ranges::find(options.groups, one.recorded);
        if (found == options.groups.end()) {
            throw RunError(fmt::format(
                "replay {}: --send-to {}={}: none of the sent feeds went there", options.read_pcap,
                wire::to_string(one.recorded), wire::to_string(one.group)));
        }
        groups[static_cast<std::size_t>(found - options.groups.begin())] = one.group;
    }
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const bool is_taken =
            std::find(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(i), groups[i]) !=
                groups.begin() + static_cast<std::ptrdiff_t>(i) ||
            std::ranges::find(options.line_b, groups[i]) != options.line_b.end();
        if (is_taken) {
            throw program::UsageError(
                fmt::format("--send-to: two feeds would go to {}", wire::to_string(groups[i])));
        }
    }
    options.groups = std::move(groups);
}

}  // namespace

void load_recording(Options& options) {
    if (options.read_pcap.empty()) return;
    if (options.groups.empty()) find_groups(options);
    const RecordingChoice choice{options.groups, options.read_vlan, options.tap_time,
                                 options.packets_max};
    rename_groups(options);
    options.recording = std::make_shared<Recording>(options.read_pcap, choice);
    for (const std::string& remark : options.recording->remarks())
        fmt::print(stderr, "{}: replay {}: {}\n", options.program, options.read_pcap, remark);
}

}  // namespace rxlab::feedsim
