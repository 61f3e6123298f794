// SPDX-License-Identifier: MIT
#include "bench/experiments/respond.hpp"

#include "bench/cli/commands.hpp"
#include "bench/cli/measuring.hpp"

#include <rxlab/order/trigger.hpp>
#include <rxlab/program/command_line.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

namespace rxlab::bench {
namespace {

int respond(RunOptions& options, RespondOptions& how) {
    for (std::string& trigger : how.when)
        trigger = to_string(program::parsed("--when", trigger, order::parse_trigger));
    const OutputFolder output = prepare(options);
    const RespondResult result = run_respond(options.campaign, how);
    const std::filesystem::path file = output / "respond.json";
    write_respond(file, result);
    show(options.to, respond_document(result), file);
    const bool all = std::ranges::all_of(result.series, [&](const RespondSeries& each) {
        return each.rounds.size() == static_cast<std::size_t>(result.options.rounds);
    });
    return all ? 0 : 1;
}

}  // namespace

Body add_respond_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "respond", "tick to trade: from a packet's send call to the order that answers it");
    auto options = std::make_shared<RunOptions>();
    auto how = std::make_shared<RespondOptions>();
    add_receiver_option(*command, options->campaign, WithoutName::all_that_run);
    add_variant_option(*command, options->campaign);
    add_testbed_option(*command, options->campaign, {"veth", "shm"});
    command->add_option("--rounds", how->rounds, "runs of each receiver")
        ->check(CLI::Range(1, 1'000))
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--ticks", how->ticks, "packets of each run")
        ->check(CLI::Range(10, 100'000'000))
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--rate", how->rate, "packets a second")
        ->check(CLI::Range(1.0, 1e6))
        ->type_name("PPS")
        ->capture_default_str();
    command
        ->add_option("--when", how->when,
                     "when an order is sent: every:N, bid>=PRICE:SYMBOL or ask<=PRICE:SYMBOL; "
                     "repeatable; default: every:1")
        ->type_name("TRIGGER");
    command->add_option("--retries", how->retries, "of a run that lost packets or orders")
        ->check(CLI::Range(0, 100))
        ->type_name("N")
        ->capture_default_str();
    command->add_flag_callback(
        "--no-control", [how] { how->control = false; },
        "do not run one receiver twice a round: then no ratio is called different");
    command->add_option("--seed", options->campaign.seed, "seed of the first round's market")
        ->type_name("N")
        ->capture_default_str();
    add_place_options(*command, *options);
    return [options, how] { return respond(*options, *how); };
}

}  // namespace rxlab::bench
