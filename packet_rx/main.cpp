// SPDX-License-Identifier: MIT
//
// packet_rx: receives MoldUDP64 feeds through the ring of a packet socket. See docs/contracts.md
// for its options.
#include "packet_rx/order_ring.hpp"
#include "packet_rx/packet_source.hpp"
#include "packet_rx/several_workers.hpp"

#include <rxlab/link/link_watch.hpp>
#include <rxlab/link/order_route.hpp>
#include <rxlab/program/command_line.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/capture_source.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/several_ports.hpp>

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

using namespace rxlab;

unsigned parse_cpu(const std::string& text) {
    unsigned cpu = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpu);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::invalid_argument(text + " is not the number of a CPU");
    return cpu;
}

void add_ring_options(CLI::App& app, packet_rx::RingOptions& ring,
                      packet_rx::WorkerOptions& workers) {
    app.add_flag("--v3", ring.by_blocks,
                 "TPACKET_V3: the kernel hands over whole blocks of frames, not each frame");
    program::add_value(app, "--block-ms", ring.block_ms, "MILLISECONDS",
                       "with --v3: a block that is not full is handed over after this time",
                       CLI::Range(1U, 1'000U))
        ->needs("--v3");
    program::add_value(app, "--ring-frames", ring.frames, "N",
                       "slots of the ring; with --v3: as much memory in blocks",
                       CLI::Range(packet_rx::kFramesMin, packet_rx::kFramesMax));
    program::add_value(
        app, "--frame-bytes", ring.frame_bytes, "BYTES",
        "size of a slot, rounded up to a power of two; default: what the interface's MTU "
        "needs",
        CLI::Range(packet_rx::kFrameBytesMin, packet_rx::kFrameBytesMax));
    program::add_value(
        app, "--workers", workers.workers, "N",
        "number of receiving threads, each with a share of the feeds (PACKET_FANOUT)",
        CLI::Range(std::size_t{1}, std::size_t{256}));
    program::add_list(app, "--worker-cpu", workers.cpus, parse_cpu, "N",
                      "CPU of the first worker; repeat for the next ones");
}

void check_workers(const rx::Options& options, const packet_rx::WorkerOptions& workers) {
    if (workers.workers == 1 && !workers.cpus.empty())
        throw program::UsageError("--worker-cpu: is for several --workers; --cpu is for one");
    if (workers.workers == 1) return;
    if (workers.workers > options.groups.size()) {
        throw program::UsageError(fmt::format(
            "--workers {}: a feed's packets belong to one worker, and there {} {} --group",
            workers.workers, options.groups.size() == 1 ? "is" : "are", options.groups.size()));
    }
    if (options.cpu)
        throw program::UsageError("--cpu: is for one worker; with --workers, give --worker-cpu");
    if (!workers.cpus.empty() && workers.cpus.size() != workers.workers) {
        throw program::UsageError(
            fmt::format("--worker-cpu: {} for --workers {}: give one for each", workers.cpus.size(),
                        workers.workers));
    }
    if (options.stalls_us > 0) throw program::UsageError("--stalls: is for one worker");
    if (options.respond) throw program::UsageError("--respond: is for one worker");
    if (rx::interfaces_of(options).size() > 1) {
        throw program::UsageError(fmt::format(
            "--workers {}: lines on different interfaces are received by one worker, which asks "
            "them in turn",
            workers.workers));
    }
}

// Asked for before anything is received: while the kernel asks for an address, packets would pile
// up.
std::optional<wire::UdpFrame> order_route(const rx::Options& options) {
    if (!options.respond) return {};
    return link::order_route(rx::interfaces_of(options).front().name, options);
}

int run(int argc, char** argv) {
    rx::Options options;
    packet_rx::RingOptions ring;
    packet_rx::WorkerOptions workers;
    CLI::App app{"Receives MoldUDP64 feeds through the ring of a packet socket.", "packet_rx"};
    rx::add_options(app, options);
    rx::add_respond_options(app, options, rx::OrdersAs::frames);
    add_ring_options(app, ring, workers);
    rx::CaptureOptions capture;
    rx::add_time_option(app, capture);
    if (!program::parse_command_line(app, argc, argv)) return 0;

    if (!options.read_pcap.empty())
        return rx::read_capture("packet_rx", options, recovery::make_policy, capture);
    rx::require_interfaces(options, "where to receive; see `ip link`");
    check_workers(options, workers);
    const std::vector<rx::Line> lines = rx::lines_of(options);
    link::warn_of_no_source("packet_rx", lines);
    const std::string mode = ring.by_blocks ? "ring-v3" : "ring-v2";
    if (workers.workers > 1)
        return packet_rx::run_several_workers(mode, options, ring, workers, recovery::make_policy);
    const std::optional<wire::UdpFrame> route = order_route(options);
    return rx::run_on_interfaces(
        "packet_rx", mode, options, recovery::make_policy,
        [&](const rx::Interface& interface) {
            return packet_rx::SingleSource{interface.lines, interface.name, ring,
                                           options.link_wait_s};
        },
        [&](packet_rx::SingleSource& source) {
            return std::make_unique<packet_rx::OrderRing>(source.interface(), *route);
        });
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("packet_rx", rxlab::rx::kMemoryRemedy,
                                      [&] { return run(argc, argv); });
}
