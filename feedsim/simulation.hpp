// SPDX-License-Identifier: MIT
//
// From options to a finished run: makes the feeds, sends or writes them, reports.
// Threading: everything happens in the calling thread.
#pragma once

#include "feedsim/options.hpp"
#include "feedsim/orders/order_log.hpp"
#include "feedsim/send/order_inbox.hpp"
#include "feedsim/send/sender.hpp"
#include "feedsim/send/transmitter.hpp"
#include "feedsim/servers/server_thread.hpp"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

namespace rxlab::feedsim {

// Makes the transmitter to a group, for either line.
using MakeTransmitter =
    std::function<std::unique_ptr<Transmitter>(const wire::Ipv4Endpoint& group)>;

// One feed for each group. `ticks_per_ns` is that of the timeline by which they will be sent.
// Throws what sources and transmitters throw.
[[nodiscard]] std::vector<Feed> make_feeds(const Options& options, double ticks_per_ns,
                                           const MakeTransmitter& make);

// Makes what takes the orders, for Options::orders; the log outlives it.
using MakeInbox = std::function<std::unique_ptr<OrderInbox>(latency::Clock clock, OrderLog& log)>;

// How packets leave, how orders come in, and what the summary says of that.
struct WayOut {
    MakeTransmitter make;
    MakeInbox make_inbox;
    std::function<void(nlohmann::ordered_json& summary)> report = {};
};

// The kernel's sockets.
[[nodiscard]] WayOut way_through_sockets(const Options& options);

// Both functions end soon after `stop` becomes true. They throw program::UsageError,
// program::RunError and other std::exceptions whose text says what failed. `server_cpus`: for the
// recovery servers' threads.
void send_feeds(const Options& options, const std::atomic<bool>& stop, const WayOut& way,
                const ServerCpus& server_cpus);
void write_feeds(const Options& options, const std::atomic<bool>& stop);

}  // namespace rxlab::feedsim
