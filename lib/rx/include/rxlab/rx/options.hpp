// SPDX-License-Identifier: MIT
//
// The options that all receivers share (docs/contracts.md). A receiver adds its own to the same
// CLI::App.
#pragma once

#include <rxlab/order/trigger.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/ethernet.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace rxlab::rx {

class Metrics;

// Where metrics are served: a Unix socket, or a TCP port of 127.0.0.0/8.
struct MetricsEndpoint {
    std::string path;  // empty: TCP
    wire::Ipv4Endpoint tcp;
};
// unix:PATH or 127.0.0.1:PORT. Throws std::invalid_argument.
[[nodiscard]] MetricsEndpoint parse_metrics_endpoint(const std::string& text);

struct Options {
    // Index: feed; its line A. Empty only with read_pcap.
    std::vector<wire::Ipv4Endpoint> groups;
    std::vector<wire::Ipv4Endpoint> line_b;  // likewise; empty where feeds have one line
    // The publishers of the lines: none (whoever sends), one for all, or one each. Host order.
    std::vector<std::uint32_t> sources;         // of groups
    std::vector<std::uint32_t> line_b_sources;  // of line_b
    // Where each is received: none (all on `interface`), or one each; an empty name: `interface`.
    std::vector<std::string> group_interfaces;   // of groups
    std::vector<std::string> line_b_interfaces;  // of line_b
    std::string interface;
    std::string read_pcap;  // a capture instead of an interface
    std::optional<unsigned> cpu;
    std::string trace_path;
    std::uint64_t trace_records = 1'000'000;
    std::string json_path;           // "-": standard output
    std::uint64_t messages_max = 0;  // 0: no limit
    bool exit_at_end_of_session = false;
    double silence_s = 3;           // nothing heard for so long: the feed is unconfirmed
    double link_wait_s = 5;         // for the link to come up, and to come back
    double statistics_seconds = 0;  // 0: none
    std::optional<MetricsEndpoint> metrics;
    // Called with what is published when packets may come, and with null before that ends, both in
    // the thread that starts the receiver. Null: nobody wants to know.
    std::function<void(Metrics*)> on_metrics;
    std::size_t orders = 1'000'000;
    std::size_t levels = 262'144;
    std::size_t top = 5;
    bool stamped = false;
    double stalls_us = 0;  // 0: no stall log

    // What makes the messages of each feed come in order, each once (docs/gaps-and-recovery.md).
    std::vector<wire::Ipv4Endpoint> recover_servers;   // none, one for all feeds, or one each
    std::vector<wire::Ipv4Endpoint> snapshot_servers;  // likewise
    std::optional<double> gap_wait_us;                 // kGapWaitDefault_us
    std::optional<std::size_t> hold_packets;           // kHoldPacketsDefault
    std::optional<std::uint64_t> first_sequence;
    std::string snapshot_user = "rxlab";
    std::string snapshot_password;
    std::string snapshot_session;  // instead of the feed's own; empty: that

    // Tick to trade (docs/tick-to-trade.md).
    std::optional<wire::Ipv4Endpoint> respond;  // where orders are sent
    std::vector<order::Trigger> respond_when;   // not empty with `respond`
    // Of frames with orders, where the kernel does not know them.
    std::optional<std::uint32_t> respond_from;  // IPv4 address, host order
    std::optional<wire::MacAddress> respond_mac;
    std::uint64_t orders_max = std::numeric_limits<std::uint64_t>::max();

    // Some option asks for that. Without, packets are taken as they come.
    [[nodiscard]] bool ordered() const noexcept;
    // For a source that sleeps while nothing comes: how long at most, in milliseconds, 1 to 100.
    // What depends on time alone (a silence, the end of a wait for a gap) is noticed after it.
    [[nodiscard]] int sleep_ms_max() const noexcept;
};

inline constexpr double kGapWaitDefault_us = 1'000;
inline constexpr std::size_t kHoldPacketsDefault = 16'384;

// What a source receives: a group, whose it is, who may send to it, and where it comes in.
struct Line {
    wire::Ipv4Endpoint group;
    LineId id;
    std::uint32_t source = 0;  // IPv4 address, host order; 0: any
    std::string interface {};  // as the options name it; empty: they name none
};
// All groups to join: the first line of each feed, then the second ones.
[[nodiscard]] std::vector<Line> lines_of(const Options& options);

// One interface, or port, with the lines that it receives.
struct Interface {
    std::string name;
    std::vector<Line> lines;
};
// The interfaces of all lines, in the order of their first lines; with one where that is all.
[[nodiscard]] std::vector<Interface> interfaces_of(const Options& options);
// Throws program::UsageError where a line has no interface: "--interface is missing: WHAT".
void require_interfaces(const Options& options, std::string_view what);

// One server for all feeds, or one each. `servers` is not empty.
[[nodiscard]] inline const wire::Ipv4Endpoint& server_of(
    const std::vector<wire::Ipv4Endpoint>& servers, std::size_t feed) noexcept {
    return servers[servers.size() == 1 ? 0 : feed];
}

// What to do when a receiver's memory cannot be had.
inline constexpr std::string_view kMemoryRemedy =
    "ask for fewer --orders, --levels or --trace-records";

// Registers the shared options on `app`; parsed values go to `options`, which must outlive `app`.
void add_options(CLI::App& app, Options& options);

// --respond and what belongs to it, for receivers that have a way out. Behind add_options().
// Those that send whole frames may have to be told addresses.
enum class OrdersAs : bool { datagrams, frames };
void add_respond_options(CLI::App& app, Options& options, OrdersAs as);

}  // namespace rxlab::rx
