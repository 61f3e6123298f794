// SPDX-License-Identifier: MIT
#include "bench/cli/commands.hpp"
#include "bench/cli/guest_run.hpp"
#include "bench/cli/measuring.hpp"
#include "bench/experiments/campaign.hpp"
#include "bench/experiments/drain.hpp"
#include "bench/experiments/load.hpp"
#include "bench/experiments/recovery.hpp"
#include "bench/report/guest.hpp"
#include "bench/report/report.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/file.hpp"

#include <rxlab/program/command_line.hpp>
#include <rxlab/program/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

int recovery(RunOptions& options, const RecoveryOptions& how) {
    const OutputFolder output = prepare(options);
    const RecoveryResult result = run_recovery(options.campaign, how);
    const fs::path file = output / "recovery.json";
    write_recovery(file, result);
    show(options.to, recovery_document(result), file);
    const bool any = std::any_of(result.series.begin(), result.series.end(), [](const auto& each) {
        return !each.gap_ns.empty() && !each.late_ns.empty();
    });
    return any ? 0 : 1;
}

int load(RunOptions& options, const LoadOptions& how) {
    const OutputFolder output = prepare(options);
    const LoadResult result = run_load(options.campaign, how);
    const fs::path file = output / "load.json";
    write_load(file, result);
    show(options.to, load_document(result), file);
    if (const auto plot = draw_load(result, output)) options.to.wrote(*plot);
    return 0;
}

int drain(RunOptions& options, const DrainOptions& how) {
    const OutputFolder output = prepare(options);
    const DrainResult result = run_drain(options.campaign, how);
    const fs::path file = output / "drain.json";
    write_drain(file, result);
    show(options.to, drain_document(result), file);
    const bool any = std::ranges::any_of(
        result.series, [](const DrainSeries& each) { return each.median_pps.has_value(); });
    return any ? 0 : 1;
}

int run(RunOptions& options) {
    const OutputFolder output = prepare(options);
    CampaignOptions& campaign = options.campaign;
    if (campaign.testbed == "vm") return run_in_guest(options.guest, campaign.testbed_dir, output);
    if (options.keep_traces) campaign.keep_traces = output / "traces";
    const auto [result, notes, ended_by] = run_campaign(campaign);
    const fs::path file = output / "result.json";
    write_result(file, result);
    const bool is_guest = result.testbed.name == "vm";
    if (is_guest) options.to.say(guest_text(result, notes));
    // For an emulated machine, the tables are in the files only: it proves that ways work, not how
    // long they take.
    if (!is_guest || !is_emulated(result)) {
        Document document = document_of(result);
        if (!document.verdict.empty())
            document.verdict.front() = "Verdict: " + coloured_verdict(result.verdict.verdict);
        options.to.say(to_plain_text(document));
    }
    options.to.result(file);
    for (const fs::path& path : write_report(result, output))
        options.to.wrote(path);
    std::fflush(stdout);
    if (ended_by) std::rethrow_exception(ended_by);
    return 0;
}

void add_traffic_options(CLI::App& command, CampaignOptions& options) {
    command
        .add_option("--scenario", options.scenarios,
                    "one feed or several; repeatable; default: both")
        ->type_name("single|multi");
    add_receiver_option(command, options);
    command.add_flag("--all-ways", options.all_ways,
                     "without --receiver: also run the receivers that otherwise run only by name");
    add_variant_option(command, options);
    command
        .add_option("--rounds", options.rounds,
                    "default 20 of one feed, 10 of several; below 8 there are no intervals")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    command.add_option("--seconds", options.seconds, "length of each run; default 0.6 and 0.3")
        ->check(CLI::Range(0.05, 3600.0))
        ->type_name("S");
    command.add_option("--rate", options.rate, "packets per second of each feed; default 10000")
        ->check(CLI::Range(1.0, 1e7))
        ->type_name("PPS");
    add_burst_options(command, options);
    command.add_option("--feeds", options.feeds, "feeds of scenario multi; default 4")
        ->check(CLI::Range(1, 64))
        ->type_name("N");
    command.add_option("--warmup", options.warmup_s, "leave out of the figures; default: a tenth")
        ->check(CLI::Range(0.0, 3600.0))
        ->type_name("S");
    command.add_option("--seed", options.seed, "seed of the first round's market")
        ->type_name("N")
        ->capture_default_str();
    CLI::Option* together = command.add_flag(
        "--together", options.together,
        "all receivers on one feed at the same time; a receiver that is named twice runs twice");
    CLI::Option* control =
        command
            .add_option("--control", options.control,
                        "the receiver that is also compared with itself; default: kernel-spin")
            ->type_name("RECEIVER");
    command
        .add_flag("--no-control", options.without_control,
                  "no A/A control, and so no verdicts on ratios")
        ->excludes(control);
    control->excludes(together);
    command.add_flag(
        "--kernel-timestamps", options.kernel_timestamps,
        "let the kernel stamp the packets of socket receivers, which shows where they wait; "
        "costs each packet a little");
    command.add_flag("--quick", options.quick, "2 short rounds: a smoke test, not for figures");
}

void add_guest_options(CLI::App& command, GuestOptions& guest) {
    command.add_option("--nic-model", guest.model, "vm: e1000e, virtio-net-pci, vmxnet3, …")
        ->type_name("MODEL")
        ->capture_default_str();
    command
        .add_option("--kernel", guest.kernel,
                    "vm: the guest's kernel, by name or path; see: testbed/vm/kernels --help")
        ->type_name("KERNEL");
    command.add_option("--timeout", guest.timeout_s, "vm: for all of it")
        ->check(CLI::Range(10, 86'400))
        ->type_name("S")
        ->capture_default_str();
}

}  // namespace

Body add_load_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "load", "raise the rate until packets are lost: p50 and p99 against it, and the limit");
    auto options = std::make_shared<RunOptions>();
    auto how = std::make_shared<LoadOptions>();
    add_receiver_option(*command, options->campaign);
    add_search_options(*command, how->search, "--seconds");
    command->add_option("--trials", how->trials, "trials of profile market-open, at its one rate")
        ->check(CLI::Range(1, 1'000))
        ->type_name("N")
        ->capture_default_str();
    add_burst_options(*command, options->campaign);
    add_wait_option(*command, options->campaign);
    add_place_options(*command, *options);
    return [options, how] {
        check_search(how->search);
        return load(*options, *how);
    };
}

Body add_recovery_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "recovery", "time to a complete book: after a gap, and after a late start");
    auto options = std::make_shared<RunOptions>();
    auto how = std::make_shared<RecoveryOptions>();
    add_receiver_option(*command, options->campaign);
    command->add_option("--rounds", how->rounds, "gaps and late starts of each receiver")
        ->check(CLI::Range(1, 1'000))
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--gap", how->gap_packets, "packets that are lost")
        ->check(CLI::Range(1, 5'000))
        ->type_name("PACKETS")
        ->capture_default_str();
    command->add_option("--orders", how->orders, "live orders when the late receiver starts")
        ->check(CLI::Range(100, 1'000'000))
        ->type_name("N")
        ->capture_default_str();
    add_place_options(*command, *options);
    return [options, how] { return recovery(*options, *how); };
}

Body add_drain_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "drain",
        "packets a second from a full buffer or ring: the receiver stands still while it "
        "is filled");
    auto options = std::make_shared<RunOptions>();
    auto how = std::make_shared<DrainOptions>();
    add_receiver_option(*command, options->campaign, WithoutName::all_that_run);
    command->add_option("--rounds", how->rounds, "backlogs of each receiver")
        ->check(CLI::Range(1, 1'000))
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--backlog", how->backlog,
                     "packets that wait for the receiver; default: 1000, without root 200")
        ->check(CLI::Range(10, 1'000'000))
        ->type_name("PACKETS");
    add_place_options(*command, *options);
    return [options, how] { return drain(*options, *how); };
}

Body add_run_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("run", "measure, judge, and write tables and plots");
    auto options = std::make_shared<RunOptions>();
    add_testbed_option(*command, options->campaign, {"veth", "shm", "nic", "vm"});
    add_guest_options(*command, options->guest);
    add_traffic_options(*command, options->campaign);
    add_wait_option(*command, options->campaign);
    command->add_flag("--keep-traces", options->keep_traces,
                      "leave every run's traces in DIR/traces, for rxbench join and sins");
    add_place_options(*command, *options);
    return [options] { return run(*options); };
}

}  // namespace rxlab::bench
