// SPDX-License-Identifier: MIT
//
// pipeline_bench: what the receive loop costs per packet, without a network. It only needs memory
// for a ring port and in /dev/shm: no NIC, no root, no huge pages.
#include "loops.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/rx/options.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <rxlab_version.hpp>

#ifdef RXLAB_WITH_DPDK
#include "dpdk_rx/eal/eal.hpp"
#endif

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace rxlab;
using namespace rxlab::bench::pipeline;
using nlohmann::ordered_json;

struct BenchOptions {
    Plan plan;
    std::size_t many = 20;  // messages of a large packet
    std::optional<unsigned> cpu;
    std::string json_path;
};

// The clock itself: nanoseconds per reading, one after another.
template <typename Read>
double reading_ns(Read&& read, latency::Clock clock, double ticks_per_ns) {
    constexpr int kReadings = 20'000, kRounds = 21;
    std::vector<double> rounds;
    for (int round = 0; round < kRounds; ++round) {
        const latency::Ticks start = clock.now();
        for (int i = 0; i < kReadings; ++i)
            static_cast<void>(read());
        rounds.push_back(static_cast<double>(clock.now() - start) / ticks_per_ns / kReadings);
    }
    return spread_of(rounds).p50;
}

#ifdef RXLAB_WITH_DPDK
constexpr unsigned kPorts = 4;

std::vector<Row> time_all_dpdk(const BenchOptions& options, latency::Clock clock) {
    std::vector<std::string> arguments{"pipeline_bench", "--no-huge", "--no-pci", "--no-telemetry",
                                       "--no-shconf",    "-m",        "256"};
    for (unsigned i = 0; i < kPorts; ++i)
        arguments.push_back(fmt::format("--vdev=net_ring{}", i));
    std::vector<char*> pointers;
    for (std::string& argument : arguments)
        pointers.push_back(argument.data());
    const dpdk_rx::Eal eal{pointers};
    unsigned port = 0;
    std::vector<Row> rows;
    for (const std::size_t messages : {std::size_t{1}, options.many}) {
        for (const std::uint16_t burst : {std::uint16_t{rx::kBatchPackets}, std::uint16_t{1}})
            rows.push_back(time_dpdk(options.plan, clock, port++, burst, messages));
    }
    return rows;
}
#endif

std::vector<Row> time_all(const BenchOptions& options, latency::Clock clock) {
    std::vector<Row> rows;
    for (const std::size_t messages : {std::size_t{1}, options.many}) {
        for (const std::size_t per_poll : {rx::kBatchPackets, std::size_t{1}})
            rows.push_back(time_pipeline(options.plan, clock, per_poll, messages));
    }
#ifdef RXLAB_WITH_DPDK
    for (Row& row : time_all_dpdk(options, clock))
        rows.push_back(std::move(row));
#endif
    return rows;
}

std::string verdict_of(const Row& row) {
    if (row.goal_ns == 0) return "";
    return fmt::format("{} ({:.0f})", row.above.p50 <= row.goal_ns ? "met" : "missed", row.goal_ns);
}

void print(std::FILE* out, const std::vector<Row>& rows, double ordered_ns, double unordered_ns,
           const Timing& timing) {
    fmt::print(out,
               "What the receive loop costs, ns per packet: median of {} rounds [5th .. 95th "
               "percentile]\n\n{:<9} {:>8} {:>9}  {:<26} {:<20} {:<20} {}\n",
               timing.rounds, "loop", "messages", "packets", "above what", "all of it", "above",
               "goal");
    for (const Row& row : rows) {
        const auto text = [](const Spread& spread) {
            return fmt::format("{:.1f} [{:.1f} .. {:.1f}]", spread.p50, spread.p5, spread.p95);
        };
        fmt::print(out, "{:<9} {:>8} {:>7}/poll  {:<17} {:>7.1f}  {:<20} {:<20} {}\n", row.name,
                   row.messages_per_packet, row.packets_per_poll, row.base_name, row.base.p50,
                   text(row.whole), text(row.above), verdict_of(row));
    }
    fmt::print(out,
               "\nFrom stamp to stamp where each packet is polled alone, ns\n\n"
               "{:<9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10}\n",
               "loop", "messages", "p50", "p90", "p99", "p99.9", "max");
    for (const Row& row : rows) {
        if (!row.single) continue;
        fmt::print(out, "{:<9} {:>8} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>10.1f}\n", row.name,
                   row.messages_per_packet, row.single->p50, row.single->p90, row.single->p99,
                   row.single->p99_9, row.single->max);
    }
    fmt::print(out, "\nA reading of the clock: ordered {:.1f} ns, unordered {:.1f} ns\n",
               ordered_ns, unordered_ns);
}

ordered_json to_json(const Spread& spread) {
    return {{"p5", spread.p5}, {"p50", spread.p50}, {"p95", spread.p95}, {"min", spread.min}};
}

ordered_json to_json(const Row& row) {
    ordered_json out{{"loop", row.name},
                     {"above", row.base_name},
                     {"packets_per_poll", row.packets_per_poll},
                     {"messages_per_packet", row.messages_per_packet},
                     {"base_ns", to_json(row.base)},
                     {"whole_ns", to_json(row.whole)},
                     {"above_ns", to_json(row.above)}};
    if (row.goal_ns != 0) out["goal_ns"] = row.goal_ns;
    if (row.single) {
        out["single_ns"] = {{"p50", row.single->p50}, {"p90", row.single->p90},
                            {"p99", row.single->p99}, {"p99_9", row.single->p99_9},
                            {"max", row.single->max}, {"packets", row.single->packets}};
    }
    return out;
}

void write_json(const BenchOptions& options, const std::vector<Row>& rows, double ordered_ns,
                double unordered_ns) {
    ordered_json out{{"schema", 1},
                     {"commit", version::kCommit},
                     {"compiler", version::kCompiler},
                     {"rounds", options.plan.timing.rounds},
                     {"passes", options.plan.timing.passes},
                     {"packets", options.plan.packets},
                     {"clock_ns", {{"ordered", ordered_ns}, {"unordered", unordered_ns}}}};
    for (const Row& row : rows)
        out["rows"].push_back(to_json(row));
    const std::string text = out.dump(2) + "\n";
    if (options.json_path == "-") {
        std::fputs(text.c_str(), stdout);
        return;
    }
    std::ofstream file{options.json_path};
    if (!(file << text << std::flush)) throw program::RunError(errno, "write " + options.json_path);
}

int run(int argc, char** argv) {
    BenchOptions options;
    CLI::App app{
        "Times the receive loop without a network: the pipeline above decode and book, and "
        "dpdk_rx above rte_eth_rx_burst and free.",
        "pipeline_bench"};
    app.add_option("--rounds", options.plan.timing.rounds, "rounds, each a figure of its own")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    app.add_option("--packets", options.plan.packets, "packets of a pass; 8 passes are a round")
        ->check(CLI::Range(100, 1'000))
        ->capture_default_str();
    app.add_option("--messages", options.many, "messages of a large packet")
        ->check(CLI::Range(2, 35))
        ->capture_default_str();
    app.add_option("--cpu", options.cpu, "run on this CPU")->type_name("N");
    app.add_option("--folder", options.plan.folder, "where to keep the traces meanwhile (a tmpfs)")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    app.add_option("--json", options.json_path, "write the figures as JSON; - is standard output")
        ->type_name("FILE");
    if (!program::parse_command_line(app, argc, argv)) return 0;

    if (options.cpu) program::pin_to_cpu(*options.cpu);
    const latency::Clock clock = latency::Clock::detect();
    const double ticks_per_ns = latency::Calibration::start(clock).start_ticks_per_ns();
    options.plan.timing.ticks_per_ns = ticks_per_ns;
    const double ordered_ns = reading_ns([&] { return clock.now(); }, clock, ticks_per_ns);
    const double unordered_ns =
        reading_ns([&] { return clock.now_unordered(); }, clock, ticks_per_ns);
    const std::vector<Row> rows = time_all(options, clock);
    print(options.json_path == "-" ? stderr : stdout, rows, ordered_ns, unordered_ns,
          options.plan.timing);
    if (!options.json_path.empty()) write_json(options, rows, ordered_ns, unordered_ns);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return rxlab::program::guard_main("pipeline_bench", rxlab::rx::kMemoryRemedy,
                                      [&] { return run(argc, argv); });
}
