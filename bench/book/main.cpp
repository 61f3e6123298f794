// SPDX-License-Identifier: MIT
//
// book_bench: what an order book costs, for each layout of lib/book, on files and on made days.
#include "bench/analysis/statistics.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/book_cost.hpp"
#include "bench/run/environment.hpp"
#include "day.hpp"
#include "measure.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/program/cpu.hpp>
#include <rxlab/program/near.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::book_bench {
namespace {

struct Options {
    std::vector<std::string> files, days, layouts;
    std::uint64_t messages = 10'000'000, seed = 1, rounds = 5;
    Settings settings;
    std::optional<unsigned> cpu;
    std::string json, show;
    bool no_huge_pages = false, figures_only = false;
};

// The measurements of one layout, behind a type that does not depend on it.
struct Layout {
    std::string_view name, text;
    double (*packet)(const Day&, const Settings&);
    double (*single)(const Day&, const Settings&);
    double (*depth)(const Day&, const Settings&);
    Outcome (*messages)(const Day&, const Settings&, bench::BookLayoutCost&);
    std::vector<double> (*cold)(const Day&, const Settings&);
};

template <book::OrderBook B>
constexpr Layout layout_of(std::string_view name, std::string_view text) {
    return {name,           text, packet_ns<B>, single_ns<B>, depth_ns<B>, measure_messages<B>,
            measure_cold<B>};
}

constexpr std::array kLayouts{
    layout_of<book::Book>("aggregate", "by price level; what the receivers use"),
    layout_of<book::FifoBook>("fifo", "every order in the queue of its price"),
    layout_of<book::FlatBook>("flat", "an index of pages of orders, sorted vectors of levels"),
    layout_of<book::PagedBook>("paged", "an index of pages of orders, std::map of levels"),
    layout_of<book::HashMapBook>("unordered_map",
                                 "std::unordered_map of orders, std::map of levels"),
    layout_of<book::MapBook>("map", "std::map of orders and of levels"),
};

const Layout& layout_named(const std::string& name) {
    std::vector<std::string> names;
    for (const Layout& layout : kLayouts) {
        if (layout.name == name) return layout;
        names.emplace_back(layout.name);
    }
    throw program::UsageError(fmt::format("--layout {}: the layouts are {}{}", name,
                                          fmt::join(names, ", "),
                                          program::did_you_mean(name, names)));
}

std::optional<Options> parse_options(int argc, char** argv) {
    Options options;
    std::string about = "Measures what an order book costs per message. Days that it can make:\n";
    for (const NamedDay& day : named_days())
        about += fmt::format("  {:8} {}\n", day.name, day.text);
    about += "Layouts:\n";
    for (const Layout& layout : kLayouts)
        about += fmt::format("  {:14} {}\n", layout.name, layout.text);
    CLI::App app{about, "book_bench"};
    app.add_option("files", options.files, "length-prefixed ITCH 5.0 files, unpacked")
        ->type_name("FILE");
    app.add_option("--day", options.days, "a day to make; default: nasdaq, if no file is given")
        ->type_name("NAME")
        ->delimiter(',');
    app.add_option("--layout", options.layouts, "default: aggregate and fifo")
        ->type_name("NAME")
        ->delimiter(',');
    app.add_option("--messages", options.messages, "messages of a made day")
        ->check(CLI::Range(1'000, 200'000'000));
    app.add_option("--seed", options.seed, "seed of a made day");
    app.add_option("--rounds", options.rounds, "how often each layout runs, interleaved")
        ->check(CLI::Range(1, 1'000));
    app.add_option("--window", options.settings.window, "messages known in advance")
        ->check(CLI::Range(std::size_t{1}, kWindowMax));
    app.add_option("--orders", options.settings.limits.orders, "room for live orders");
    app.add_option("--levels", options.settings.limits.levels, "room for price levels");
    app.add_option("--cpu", options.cpu, "run on this CPU");
    app.add_flag("--no-huge-pages", options.no_huge_pages, "ordinary pages only");
    app.add_flag("--figures-only", options.figures_only,
                 "only the figure of the windows: no percentiles, no cold caches, no depth");
    app.add_option("--json", options.json, "write a result file for `rxbench report --book`")
        ->type_name("FILE");
    app.add_option("--show", options.show,
                   "measure nothing: the tables of a result file, as Markdown")
        ->type_name("FILE");
    if (!program::parse_command_line(app, argc, argv)) return std::nullopt;
    if (options.files.empty() && options.days.empty()) options.days = {"nasdaq"};
    if (options.layouts.empty()) options.layouts = {"aggregate", "fifo"};
    return options;
}

void measure_round(const Day& day, const Options& options, const Layout& layout,
                   bench::BookLayoutCost& cost) {
    cost.packet.rounds.push_back(layout.packet(day, options.settings));
    if (options.figures_only) return;
    cost.single.rounds.push_back(layout.single(day, options.settings));
    cost.depth.rounds.push_back(layout.depth(day, options.settings));
}

bench::BookDayCost measure(const Day& day, const Options& options) {
    bench::BookDayCost cost;
    cost.day = day.name;
    cost.messages = day.messages;
    cost.bytes = day.frames.size();
    std::vector<const Layout*> layouts;
    for (const std::string& name : options.layouts) {
        layouts.push_back(&layout_named(name));
        cost.layouts.emplace_back().layout = name;
    }
    std::ignore = decode_ns(day);  // maps the file's pages and wakes the processor up
    for (std::uint64_t round = 0; round < options.rounds; ++round) {
        cost.decode.rounds.push_back(decode_ns(day));
        for (std::size_t i = 0; i < layouts.size(); ++i) {
            const std::size_t which = round % 2 == 0 ? i : layouts.size() - 1 - i;
            measure_round(day, options, *layouts[which], cost.layouts[which]);
        }
    }
    const bench::BookLayoutCost* whole = nullptr;  // the first layout that refused nothing
    for (std::size_t i = 0; i < layouts.size(); ++i) {
        bench::BookLayoutCost& of = cost.layouts[i];
        const Outcome outcome = layouts[i]->messages(day, options.settings, of);
        of.digest = fmt::format("{:016x}", outcome.digest);
        cost.orders = outcome.orders;
        cost.levels = outcome.levels;
        cost.refused = std::max(cost.refused, outcome.refused);
        if (!options.figures_only) of.cold.rounds = layouts[i]->cold(day, options.settings);
        // Layouts differ in which levels they refuse, so their digests cannot be compared.
        if (outcome.refused != 0) continue;
        if (whole == nullptr) whole = &of;
        if (of.digest != whole->digest) {
            throw program::RunError(
                fmt::format("compare the layouts on {}: {} ends with digest {}, {} with {}",
                            day.name, of.layout, of.digest, whole->layout, whole->digest));
        }
    }
    if (cost.refused > 0) {
        fmt::print(stderr,
                   "book_bench: {}: {} messages were refused for lack of room; raise --orders or "
                   "--levels\n",
                   day.name, cost.refused);
    }
    return cost;
}

bench::BookCost describe(const Options& options, int argc, char** argv) {
    const bench::Environment machine = bench::capture_environment();
    const bench::Build build = bench::this_build();
    bench::BookCost cost;
    cost.written = bench::utc_now();
    cost.cpu = machine.cpu.model;
    cost.hypervisor = machine.hypervisor;
    cost.kernel = machine.kernel.release;
    cost.huge_pages = options.no_huge_pages ? "never" : machine.memory.transparent_huge_pages;
    cost.compiler = fmt::format("{}, {}, -march={}", build.compiler, build.build_type, build.march);
    cost.commit = build.commit;
    cost.command = "book_bench";
    for (int i = 1; i < argc; ++i)
        cost.command += fmt::format(" {}", argv[i]);
    cost.window = options.settings.window;
    cost.rounds = options.rounds;
    return cost;
}

int run(int argc, char** argv) {
    const std::optional<Options> options = parse_options(argc, argv);
    if (!options) return 0;
    if (!options->show.empty()) {
        const bench::BookCost shown = bench::read_book_cost(options->show);
        fmt::print("{}", bench::to_markdown(bench::document_of(shown)));
        return 0;
    }
    for (const std::string& name : options->layouts)
        layout_named(name);
    if (options->cpu) program::pin_to_cpu(*options->cpu);
    if (options->no_huge_pages && ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0) {
        throw program::RunError(errno, "switch huge pages off for this process");
    }
    bench::BookCost cost = describe(*options, argc, argv);
    for (const std::string& file : options->files)
        cost.days.push_back(measure(read_day(file), *options));
    for (const std::string& name : options->days)
        cost.days.push_back(measure(make_day(name, options->messages, options->seed), *options));
    fmt::print("{}", bench::to_plain_text(bench::document_of(cost)));
    if (!options->json.empty()) bench::write_book_cost(options->json, cost);
    return 0;
}

}  // namespace
}  // namespace rxlab::book_bench

int main(int argc, char** argv) {
    return rxlab::program::guard_main("book_bench",
                                      "smaller --messages, --orders and --levels need less",
                                      [&] { return rxlab::book_bench::run(argc, argv); });
}
