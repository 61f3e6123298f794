// SPDX-License-Identifier: MIT
#include "bench/experiments/decide.hpp"

#include "bench/analysis/advice.hpp"
#include "bench/cli/commands.hpp"
#include "bench/cli/measuring.hpp"
#include "bench/report/decision.hpp"
#include "bench/report/report.hpp"
#include "bench/result/file.hpp"
#include "bench/result/json.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/program/files.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

namespace rxlab::bench {

RESULT_JSON(Needs, p99_us, cores, rate);
RESULT_JSON(Advice, loads, refusal, chosen, alike, maybe, steps);

namespace {

namespace fs = std::filesystem;

struct DecideCommand {
    RunOptions run;
    DecideOptions how;
    Needs needs;
    std::string from;  // a decision that was measured before
};

// The decision, what was asked of it, and the answer.
Json answer_json(const Decision& decision, const Needs& needs, const Advice& advice) {
    Json json = to_json(decision);
    json["needs"] = write_json(needs);
    json["advice"] = write_json(advice);
    return json;
}

// Tables and chart; the exit status says whether there is a way to take.
int show(const DecideCommand& command, const Decision& decision, const fs::path& folder) {
    const Output& output = command.run.to;
    const Document document = document_of(decision, command.needs);
    const Advice advice = advise(decision, command.needs);
    if (output.json) fmt::print("{}", to_text(answer_json(decision, command.needs, advice)));
    output.say(to_plain_text(document));
    if (!folder.empty()) {
        const fs::path tables = folder / "decision.md";
        program::write_file_atomically(tables, to_markdown(document));
        output.wrote(tables);
        if (const auto chart = draw_decision(decision, folder)) output.wrote(*chart);
    }
    std::fflush(stdout);
    return advice.chosen.empty() ? 1 : 0;
}

int measure(DecideCommand& command) {
    command.how.rate = command.needs.rate;
    const OutputFolder folder = prepare(command.run);
    const DecideOutcome outcome = run_decide(command.run.campaign, command.how);
    write_decision(folder / "decision.json", outcome.decision);
    const int status = show(command, outcome.decision, folder);
    command.run.to.wrote(folder / "decision.json");
    std::fflush(stdout);
    if (outcome.ended_by) std::rethrow_exception(outcome.ended_by);
    return status;
}

int decide(DecideCommand& command) {
    if (command.from.empty()) return measure(command);
    const Decision decision = read_decision(command.from);
    if (!command.run.output.empty()) make_directory(command.run.output);
    return show(command, decision, command.run.output);
}

void add_needs(CLI::App& command, Needs& needs) {
    command.add_option("--p99-us", needs.p99_us, "need: a p99 of at most this many µs")
        ->check(CLI::Range(0.001, 1e9).description(""))
        ->type_name("US");
    command
        .add_option("--cores", needs.cores, "need: a receiver that burns at most this many cores")
        ->check(CLI::Range(0.001, 1e4).description(""))
        ->type_name("N");
    command
        .add_option(
            "--rate", needs.rate,
            "need: this many packets per second without loss; measured as a load of its own")
        ->check(CLI::Range(1.0, 1e7))
        ->type_name("PPS");
}

void add_round_options(CLI::App& command, CampaignOptions& campaign) {
    command
        .add_option("--rounds", campaign.rounds,
                    "rounds at each load; default 8; below that there are no intervals")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    command
        .add_option("--seconds", campaign.seconds,
                    "length of each run; default 0.6, or as long as p99 needs at a low rate")
        ->check(CLI::Range(0.05, 3600.0))
        ->type_name("S");
    command.add_option("--seed", campaign.seed, "seed of the first round's market")
        ->type_name("N")
        ->capture_default_str();
    add_wait_option(command, campaign);
}

}  // namespace

Body add_decide_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "decide",
        "the cheapest way into user space that fulfils your needs, and what the next ones buy");
    auto options = std::make_shared<DecideCommand>();
    add_needs(*command, options->needs);
    command
        ->add_option("--from", options->from,
                     "answer from a decision that was measured before, instead of measuring")
        ->check(CLI::ExistingFile.description(""))
        ->type_name("DECISION.json");
    CampaignOptions& campaign = options->run.campaign;
    add_receiver_option(*command, campaign, WithoutName::all_that_run);
    add_variant_option(*command, campaign);
    add_search_options(*command, options->how.search, "--trial-seconds");
    add_round_options(*command, campaign);
    add_testbed_option(*command, campaign, {"veth", "shm", "nic"});
    add_place_options(*command, options->run);
    return [options] {
        check_search(options->how.search);
        return decide(*options);
    };
}

}  // namespace rxlab::bench
