// SPDX-License-Identifier: MIT
#include "bench/analysis/join.hpp"

#include "bench/cli/commands.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/fields.hpp"
#include "bench/result/file.hpp"

#include <rxlab/latency/trace.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <memory>
#include <system_error>

namespace rxlab::bench {
namespace {

struct JoinCommand {
    std::string sender, receiver, percentiles;
    JoinOptions options;
    bool json = false;
};

Json figures_json(const Distribution& distribution) {
    return write_json(RunFigures{figures_of(distribution.histogram), distribution.histogram.count(),
                                 distribution.negative});
}

Json joined_json(const Joined& joined) {
    Json json = Json::object();
    json["schema"] = "rxlab.join/1";
    json["ticks_per_ns"] = joined.ticks_per_ns;
    json["ledger"] = write_json(joined.total);
    json["feeds"] = write_json(joined.ledgers);
    json["recovered"] = joined.recovered;
    json["held"] = joined.held;
    json["latency"] = figures_json(joined.latency);
    json["sender_lag"] = figures_json(joined.sender_lag);
    json["path"] = figures_json(joined.path);
    json["book"] = figures_json(joined.book);
    return json;
}

void print_ledgers(const Joined& joined) {
    fmt::print("{:>8} {:>10} {:>10} {:>8} {:>10} {:>6} {:>10}\n", "feed", "sent", "received",
               "lost", "duplicates", "late", "unexpected");
    const auto print = [](const std::string& name, const Ledger& l) {
        fmt::print("{:>8} {:>10} {:>10} {:>8} {:>10} {:>6} {:>10}\n", name, l.sent, l.received,
                   l.lost, l.duplicates, l.late, l.unexpected);
    };
    for (std::size_t feed = 0; feed < joined.ledgers.size(); ++feed) {
        print(std::to_string(feed), joined.ledgers[feed]);
    }
    if (joined.ledgers.size() > 1) print("total", joined.total);
    if (joined.recovered != 0) {
        fmt::print("recovered: {} packets from a re-request server, not in these figures\n",
                   joined.recovered);
    }
    if (joined.held != 0) {
        fmt::print("held: {} packets waited for others, and their latency includes that wait\n",
                   joined.held);
    }
}

void print_figures(const Joined& joined) {
    fmt::print("\n{:<26} {:>9} {:>9} {:>9} {:>9} {:>9}   µs\n", "", "p50", "p99", "p99.9",
               "maximum", "std. dev.");
    const auto print = [](const char* name, const Distribution& distribution) {
        const Figures figures = figures_of(distribution.histogram);
        fmt::print("{:<26}", name);
        for (Figure figure :
             {Figure::p50, Figure::p99, Figure::p999, Figure::max, Figure::stddev}) {
            fmt::print(" {:>9}", figures[figure] ? microseconds(*figures[figure]) : "-");
        }
        fmt::print("\n");
    };
    print("latency: intended to book", joined.latency);
    print("  sender lag", joined.sender_lag);
    print("  send, wire, receive", joined.path);
    print("  decode and book", joined.book);
    const std::uint64_t negative = joined.latency.negative + joined.sender_lag.negative +
                                   joined.path.negative + joined.book.negative;
    if (negative != 0) fmt::print("{} durations below zero: the clocks disagree\n", negative);
}

void write_percentiles(const std::string& path, const Joined& joined) {
    std::ofstream file(path);
    joined.latency.histogram.write_percentiles(file);
    file.close();
    if (!file) throw std::system_error(errno, std::generic_category(), "write " + path);
}

int run(const JoinCommand& command) {
    const latency::TraceReader sender(command.sender);
    const latency::TraceReader receiver(command.receiver);
    const Joined joined = join({sender.header(), sender.records()},
                               {receiver.header(), receiver.records()}, command.options);
    if (command.json) {
        fmt::print("{}", to_text(joined_json(joined)));
    } else {
        print_ledgers(joined);
        print_figures(joined);
    }
    for (const auto& [name, reader] :
         {std::pair{&command.sender, &sender}, std::pair{&command.receiver, &receiver}}) {
        if (reader->header().overflow != 0) {
            fmt::print(stderr, "rxbench: {}: {} records did not fit: raise --trace-records\n",
                       *name, reader->header().overflow);
        }
    }
    if (!command.percentiles.empty()) write_percentiles(command.percentiles, joined);
    return 0;
}

}  // namespace

Body add_join_command(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("join", "ledger and percentiles of a sender's and a receiver's trace");
    auto options = std::make_shared<JoinCommand>();
    command->add_option("sender", options->sender, "the trace of feedsim --trace")
        ->required()
        ->type_name("SENDER.trace");
    command->add_option("receiver", options->receiver, "the trace of a receiver's --trace")
        ->required()
        ->type_name("RECEIVER.trace");
    command->add_option("--warmup", options->options.warmup_s, "time to leave out of the figures")
        ->check(CLI::Range(0.0, 3600.0))
        ->type_name("S")
        ->capture_default_str();
    command
        ->add_option("--percentiles", options->percentiles,
                     "write the latency as HdrHistogram's percentile text")
        ->type_name("FILE.hgrm");
    add_json_option(*command, options->json);
    return [options] { return run(*options); };
}

}  // namespace rxlab::bench
