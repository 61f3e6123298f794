// SPDX-License-Identifier: MIT
//
// The program as its users meet it: exit statuses, messages, files. Made-up programs stand for the
// receivers and the sender.
#include "bench/result/file.hpp"
#include "bench/run/cpus.hpp"
#include "bench/run/process.hpp"
#include "example.hpp"
#include "process_group.hpp"
#include "synthetic.hpp"

#include <rxlab/latency/trace.hpp>
#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace rxlab::bench {
namespace {

using example::contains;

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const std::string kExample = RXLAB_SOURCE_DIR "/tests/bench/data/example-result.json";

class Rxbench : public testing::Test {
  protected:
    program::ScratchDirectory scratch_{fs::temp_directory_path()};
    fs::path output_ = scratch_.path() / "out";
    fs::path log_ = scratch_.path() / "log";

    Command command(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), RXBENCH);
        return {std::move(arguments), {{"RXLAB_FAKE_LOG", log_.string()}}, {}};
    }

    CommandOutcome rxbench(std::vector<std::string> arguments) const {
        return run_command("rxbench", command(std::move(arguments)), Milliseconds{120'000});
    }

    // `rxbench run` with the made-up programs and bed.
    static std::vector<std::string> run_arguments(const fs::path& output,
                                                  const std::string& programs = FAKE_PROGRAMS) {
        return {"run",           "--testbed-dir", RXLAB_SOURCE_DIR "/tests/bench/fakes",
                "--program-dir", programs,        "--output",
                output.string()};
    }

    CommandOutcome run_with(const std::vector<std::string>& more) const {
        std::vector<std::string> arguments = run_arguments(output_);
        arguments.insert(arguments.end(), more.begin(), more.end());
        return rxbench(std::move(arguments));
    }

    static bool can_run() { return allowed_cpus().size() >= 2; }
};

TEST_F(Rxbench, RunsScenariosInInterleavedRoundsAndWritesEverything) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const CommandOutcome outcome = run_with({"--rounds", "2", "--seconds", "1.2"});
    ASSERT_TRUE(outcome.status.ok()) << outcome.errors;
    const Result result = read_result(output_ / "result.json");
    ASSERT_EQ(result.scenarios.size(), 2U);
    ASSERT_EQ(result.scenarios[0].receivers.size(), 4U);
    ASSERT_EQ(result.candidates_left_out.size(), 2U) << "they need root";
    EXPECT_EQ(result.candidates_left_out[0].name, "kernel-block-awake");
    EXPECT_EQ(result.candidates_left_out[1].name, "dpdk-af_xdp");
    EXPECT_EQ(result.environment.dpdk_version, "DPDK 0");
    const std::map<std::string, std::string> libraries{{"fmt", "0.1.2"}};
    EXPECT_EQ(result.environment.libraries, libraries);
    const ReceiverResult& first = result.scenarios[0].receivers[0];
    EXPECT_EQ(first.name, "kernel-block");
    EXPECT_EQ(first.runs[0].position, 1);
    EXPECT_EQ(first.runs[1].position, 5) << "even rounds run backwards";
    for (const ScenarioResult& scenario : result.scenarios) {
        EXPECT_EQ(scenario.rounds, 2);
        EXPECT_EQ(scenario.planned_rounds, 2);
        ASSERT_TRUE(scenario.control);
        EXPECT_EQ(scenario.control->receiver, "kernel-spin");
        EXPECT_EQ(scenario.control->runs[0].position, 5);
        EXPECT_EQ(scenario.control->runs[1].position, 1);
    }
    EXPECT_GT(result.instrument.empty_pipeline_ns, 0);
    EXPECT_GT(first.runs[0].cores.seconds, 0);
    EXPECT_EQ(first.ledger.lost, 0U);
    EXPECT_EQ(first.ledger.sent, 24'000U);
    EXPECT_NEAR(*first.figures.at(Figure::p50).value, 30'225, 500);
    EXPECT_EQ(first.runs[0].receiver.usage.voluntary_switches, 7);
    EXPECT_EQ(result.scenarios[1].receivers[0].ledger.sent, 96'000U);
    EXPECT_TRUE(contains(outcome.output, "One feed"));
    EXPECT_TRUE(contains(outcome.output, (output_ / "multi-timeline.svg").string()));
    EXPECT_TRUE(contains(outcome.errors, "multi  round 2/2   (run 16 of 20, about "));
    EXPECT_TRUE(program::read_file(log_).ends_with("down\n"));
}

// Nobody sees from here whether they ran at once; that they share one sender's run is seen.
TEST_F(Rxbench, RunsReceiversTogether) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const CommandOutcome outcome =
        run_with({"--together", "--receiver", "kernel-spin", "--receiver", "kernel-block",
                  "--receiver", "kernel-block", "--scenario", "single", "--rounds", "2",
                  "--seconds", "0.5", "--keep-traces"});
    ASSERT_TRUE(outcome.status.ok()) << outcome.errors;
    const Result result = read_result(output_ / "result.json");
    const ScenarioResult& scenario = result.scenarios.at(0);
    EXPECT_EQ(scenario.name, "single-together");
    ASSERT_EQ(scenario.receivers.size(), 3U);
    const char* const names[] = {"kernel-block", "kernel-block-2", "kernel-spin"};
    for (std::size_t i = 0; i < 3; ++i) {
        const ReceiverResult& receiver = scenario.receivers[i];
        EXPECT_EQ(receiver.name, names[i]);
        EXPECT_EQ(receiver.ledger.lost, 0U);
        EXPECT_EQ(receiver.ledger.sent, 10'000U);
        EXPECT_EQ(receiver.runs.at(0).position, static_cast<std::int64_t>(i + 1));
        EXPECT_EQ(receiver.runs.at(1).position, static_cast<std::int64_t>(3 - i));
        EXPECT_EQ(receiver.sender_command, scenario.receivers[0].sender_command);
        const fs::path traces = output_ / "traces" / "single-together" / names[i] / "2";
        EXPECT_TRUE(fs::exists(traces / "sender.trace")) << traces;
        EXPECT_TRUE(fs::exists(traces / "receiver.trace")) << traces;
    }
    ASSERT_TRUE(scenario.receiver_cpus);
    EXPECT_EQ(scenario.receiver_cpus->size(), std::min<std::size_t>(3, allowed_cpus().size() - 1));
    ASSERT_TRUE(scenario.control) << "a receiver that is there twice is its own control";
    EXPECT_EQ(scenario.control->receiver, "kernel-block");
    EXPECT_TRUE(contains(outcome.errors, "single-together  round 2/2   (run 2 of 2"))
        << outcome.errors;
}

TEST_F(Rxbench, RunTogetherRefusesWhatCannotBe) {
    const CommandOutcome alone =
        run_with({"--together", "--receiver", "kernel-spin", "--receiver", "xdp-native"});
    EXPECT_EQ(alone.status.code, 2);
    EXPECT_TRUE(contains(alone.errors,
                         "--together with --receiver xdp-native: it takes the feed's "
                         "frames out of the interface's queue"))
        << alone.errors;
    EXPECT_EQ(run_with({"--together", "--control", "kernel-spin"}).status.code, 2);
    EXPECT_FALSE(fs::exists(log_)) << "no test bed was touched";
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const CommandOutcome one = run_with({"--together", "--receiver", "kernel-spin"});
    EXPECT_EQ(one.status.code, 2);
    EXPECT_TRUE(contains(one.errors, "only kernel-spin runs here")) << one.errors;
}

TEST_F(Rxbench, DecidesAndIsAskedAgainWithoutMeasuring) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    std::vector<std::string> arguments = run_arguments(output_);
    arguments[0] = "decide";
    for (const char* more :
         {"--receiver", "kernel-block", "--receiver", "kernel-spin", "--rate-max", "20000",
          "--halvings", "0", "--trial-seconds", "0.1", "--seconds", "0.2", "--rounds", "2"})
        arguments.emplace_back(more);
    const CommandOutcome outcome = rxbench(arguments);
    ASSERT_TRUE(outcome.status.ok()) << outcome.errors;
    EXPECT_TRUE(contains(outcome.output, "Take Kernel socket, ")) << outcome.output;
    for (const char* name : {"decision.json", "decision.md", "decision.svg"})
        EXPECT_TRUE(fs::exists(output_ / name)) << name;
    const std::string file = (output_ / "decision.json").string();
    const Json json = Json::parse(program::read_file(file));
    EXPECT_EQ(json["schema"], "rxlab.decision/1");
    ASSERT_EQ(json["scenarios"].size(), 3U);
    EXPECT_EQ(json["scenarios"][2]["rate_per_feed"], 16'000);
    EXPECT_EQ(json["rates"][0]["lossless_pps"], 20'000);
    EXPECT_TRUE(json["rates"][0]["is_sender_limited"]);
    const CommandOutcome again = rxbench({"decide", "--from", file, "--cores", "0.001"});
    EXPECT_EQ(again.status.code, 1) << "no way does with that little";
    EXPECT_TRUE(
        contains(again.output, "No way is known to fulfil this here: of 2 ways, 0 stay within "));
    const Json few =
        Json::parse(rxbench({"decide", "--from", file, "--cores", "0.001", "--json"}).output);
    EXPECT_EQ(few["needs"]["cores"], 0.001);
    EXPECT_EQ(few["advice"]["chosen"], "");
    const Json answer = Json::parse(rxbench({"decide", "--from", file, "--json"}).output);
    EXPECT_TRUE(answer["advice"]["chosen"].get<std::string>().starts_with("kernel-"));
    EXPECT_EQ(answer["scenarios"], json["scenarios"]);
    const CommandOutcome result = rxbench({"decide", "--from", kExample});
    EXPECT_EQ(result.status.code, 1);
    EXPECT_TRUE(
        contains(result.errors, "schema rxlab.result/4, this rxbench reads rxlab.decision/1"))
        << result.errors;
    EXPECT_EQ(rxbench({"decide", "--rate-min", "9000", "--rate-max", "8000"}).status.code, 2);
    EXPECT_EQ(rxbench({"decide", "--receiver", "kernel-block-busy"}).status.code, 2);
}

TEST_F(Rxbench, WithJsonPrintsTheResultFileAndNothingElse) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const CommandOutcome run =
        run_with({"--json", "--receiver", "kernel-spin", "--scenario", "single", "--rounds", "1",
                  "--seconds", "0.2", "--no-control", "--keep-traces"});
    ASSERT_TRUE(run.status.ok()) << run.errors;
    EXPECT_EQ(run.output, program::read_file(output_ / "result.json"));
    EXPECT_TRUE(fs::exists(output_ / "tables.md")) << "written all the same";
    const CommandOutcome sins = rxbench({"sins", "--json", (output_ / "traces").string()});
    ASSERT_TRUE(sins.status.ok()) << sins.errors;
    EXPECT_EQ(sins.output, program::read_file(output_ / "sins.json"));
    std::vector<std::string> load = run_arguments(output_);
    load[0] = "load";
    load.insert(load.end(), {"--json", "--receiver", "kernel-spin", "--rate-max", "20000",
                             "--halvings", "0", "--seconds", "0.1"});
    const CommandOutcome outcome = rxbench(load);
    ASSERT_TRUE(outcome.status.ok()) << outcome.errors;
    EXPECT_EQ(outcome.output, program::read_file(output_ / "load.json"));
}

TEST_F(Rxbench, RunFailsWhereAReceiverThatWasAskedForCannotRun) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const CommandOutcome outcome = run_with({"--receiver", "dpdk-af_xdp"});
    EXPECT_EQ(outcome.status.code, 1);
    EXPECT_TRUE(contains(outcome.errors, "dpdk-af_xdp cannot run here: needs root"));
    EXPECT_TRUE(program::read_file(log_).ends_with("down\n"));
    EXPECT_FALSE(fs::exists(output_)) << "an empty folder is left";
}

TEST_F(Rxbench, CompareNamesTheFirstFileThatCannotBeRead) {
    const CommandOutcome outcome = rxbench({"compare", "no-first.json", "no-second.json"});
    EXPECT_EQ(outcome.status.code, 1);
    EXPECT_TRUE(contains(outcome.errors, "no-first.json")) << outcome.errors;
}

TEST_F(Rxbench, RunLeavesOutWhatIsNotBuilt) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const fs::path programs = scratch_.path() / "programs";
    fs::create_directory(programs);
    for (const char* name : {"feedsim", "kernel_rx"}) {
        fs::create_symlink(fs::path(FAKE_PROGRAMS) / name, programs / name);
    }
    std::vector<std::string> arguments = run_arguments(output_, programs.string());
    arguments.insert(arguments.end(), {"--quick", "--scenario", "single"});
    const CommandOutcome outcome = rxbench(arguments);
    ASSERT_TRUE(outcome.status.ok()) << outcome.errors;
    EXPECT_TRUE(contains(outcome.errors, "dpdk-af_packet is left out: dpdk_rx is not built"));
    const Result result = read_result(output_ / "result.json");
    EXPECT_TRUE(result.settings.quick);
    EXPECT_EQ(result.scenarios[0].receivers.size(), 3U);
}

// A receiver that does what `script` says in some of its runs, counted from 1, the trial's first.
class RxbenchWithTrouble : public Rxbench {
  protected:
    fs::path programs_with(const std::string& script) {
        const fs::path programs = scratch_.path() / "programs";
        fs::create_directory(programs);
        fs::create_symlink(fs::path(FAKE_PROGRAMS) / "feedsim", programs / "feedsim");
        program::write_file_atomically(
            programs / "kernel_rx", "#!/bin/sh\necho >>" + counter().string() + "\nrun=$(wc -l <" +
                                        counter().string() + ")\n" + script +
                                        "\nexec " FAKE_PROGRAMS "/kernel_rx \"$@\"\n");
        fs::permissions(programs / "kernel_rx", fs::perms::owner_all);
        return programs;
    }
    [[nodiscard]] fs::path counter() const { return scratch_.path() / "runs"; }

    CommandOutcome run_one_receiver(const fs::path& programs) const {
        std::vector<std::string> arguments = run_arguments(output_, programs.string());
        arguments.insert(arguments.end(),
                         {"--receiver", "kernel-spin", "--no-control", "--scenario", "single",
                          "--rounds", "3", "--seconds", "0.2"});
        return rxbench(arguments);
    }
};

TEST_F(RxbenchWithTrouble, ARunThatFailsOnceIsMadeAgainAndNamed) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const CommandOutcome outcome = run_one_receiver(
        programs_with("[ $run != 3 ] || { echo 'ready: x'; echo 'out of luck' >&2; exit 1; }"));
    ASSERT_TRUE(outcome.status.ok()) << outcome.errors;
    const ScenarioResult scenario = read_result(output_ / "result.json").scenarios.at(0);
    EXPECT_EQ(scenario.receivers.at(0).runs.size(), 3U);
    ASSERT_EQ(scenario.repeated.size(), 1U);
    EXPECT_TRUE(contains(scenario.repeated[0], "single round 2: kernel-spin: "));
    EXPECT_TRUE(contains(scenario.repeated[0], "out of luck"));
    EXPECT_TRUE(contains(outcome.errors, "once more"));
}

TEST_F(RxbenchWithTrouble, WhatIsCompleteIsWrittenAfterAFailure) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const CommandOutcome outcome =
        run_one_receiver(programs_with("[ $run -lt 4 ] || { echo 'out of luck' >&2; exit 1; }"));
    EXPECT_EQ(outcome.status.code, 1);
    EXPECT_TRUE(contains(outcome.errors, "single round 3: kernel-spin: ended with exit status 1"));
    const ScenarioResult scenario = read_result(output_ / "result.json").scenarios.at(0);
    EXPECT_EQ(scenario.rounds, 2);
    EXPECT_EQ(scenario.planned_rounds, 3);
    EXPECT_EQ(scenario.receivers.at(0).runs.size(), 2U);
    EXPECT_TRUE(contains(outcome.output, "complete: 2 rounds (limit 3)"));
    EXPECT_TRUE(fs::exists(output_ / "tables.md"));
    EXPECT_TRUE(program::read_file(log_).ends_with("down\n"));
}

TEST_F(RxbenchWithTrouble, WhatIsCompleteIsWrittenAfterCtrlC) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const CommandOutcome outcome =
        run_one_receiver(programs_with("[ $run -lt 4 ] || { kill -INT $PPID; exec sleep 60; }"));
    EXPECT_EQ(outcome.status.code, 130) << outcome.errors;
    EXPECT_TRUE(contains(outcome.errors, "interrupted by SIGINT"));
    EXPECT_EQ(read_result(output_ / "result.json").scenarios.at(0).rounds, 2);
    EXPECT_TRUE(program::read_file(log_).ends_with("down\n"));
}

TEST_F(RxbenchWithTrouble, NothingIsWrittenWhereNoRoundIsComplete) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const CommandOutcome outcome =
        run_one_receiver(programs_with("[ $run -lt 2 ] || { echo 'out of luck' >&2; exit 1; }"));
    EXPECT_EQ(outcome.status.code, 1);
    EXPECT_FALSE(fs::exists(output_));
}

TEST_F(Rxbench, RunEndsWithStatus130OnSigintAndLeavesNothing) {
    if (!can_run()) GTEST_SKIP() << "needs 2 CPUs";
    const fs::path programs = scratch_.path() / "programs";
    fs::create_directory(programs);
    fs::create_symlink(fs::path(FAKE_PROGRAMS) / "feedsim", programs / "feedsim");
    program::write_file_atomically(programs / "kernel_rx",
                                   "#!/bin/sh\necho up >&2\nexec sleep 60\n");
    fs::permissions(programs / "kernel_rx", fs::perms::owner_all);
    ::mkfifo(log_.c_str(), 0600);  // a read returns what the bed script writes, as it writes it
    std::string log;
    {
        Child child("rxbench", command(run_arguments(output_, programs.string())));
        FILE* file = std::fopen(log_.c_str(), "r+");
        char line[256] = {};
        for (int lines = 0; lines < 2; ++lines) {  // "up …", "PID kernel_rx"
            ASSERT_NE(std::fgets(line, sizeof line, file), nullptr);
            log += line;
        }
        ::kill(child.pid(), SIGINT);
        Child* const children[] = {&child};
        const Deadline deadline = in(Milliseconds{30'000});
        while (!child.status())
            ASSERT_TRUE(wait_for_event(children, deadline));
        EXPECT_EQ(child.status()->code, 130);
        EXPECT_TRUE(contains(child.errors().text(), "interrupted by SIGINT"));
        ASSERT_NE(std::fgets(line, sizeof line, file), nullptr);
        EXPECT_STREQ(line, "down\n");
        std::fclose(file);
    }
    const pid_t receiver = std::atoi(log.substr(log.find('\n') + 1).c_str());
    ASSERT_GT(receiver, 0) << log;
    EXPECT_TRUE(group_is_gone(receiver));
    EXPECT_FALSE(fs::exists(output_)) << "an empty folder is left";
}

TEST_F(Rxbench, RunRefusesWrongUsageWithStatus2) {
    const std::vector<std::vector<std::string>> wrong{{"--scenario", "triple"},
                                                      {"--receiver", "kernel-spni"},
                                                      {"--rounds", "0"},
                                                      {"--profile", "sawtooth"},
                                                      {"--sender-cpu", "100000"},
                                                      {"--testbed", "moon"},
                                                      {"--rate", "fast"},
                                                      {"--seconds", "1", "--warmup", "1"},
                                                      {"--receiver-cpu", "-1"},
                                                      {"--control", "kernel"},
                                                      {"--no-control", "--control=kernel-spin"}};
    for (const auto& arguments : wrong) {
        const CommandOutcome outcome = run_with(arguments);
        EXPECT_EQ(outcome.status.code, 2) << arguments[0] << ' ' << arguments[1];
        EXPECT_TRUE(outcome.errors.starts_with("rxbench: ")) << outcome.errors;
        EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1);
    }
    EXPECT_FALSE(fs::exists(log_)) << "no test bed was touched";
    EXPECT_FALSE(fs::exists(output_)) << "an empty folder is left";
    fs::create_directory(output_);
    run_with({"--scenario", "triple"});
    EXPECT_TRUE(fs::exists(output_)) << "it was there before";
}

TEST_F(Rxbench, NeedsASubcommand) {
    EXPECT_EQ(rxbench({}).status.code, 2);
    EXPECT_EQ(rxbench({"frobnicate"}).status.code, 2);
    EXPECT_EQ(rxbench({"--help"}).status.code, 0);
    EXPECT_EQ(rxbench({"--version"}).status.code, 0);
}

TEST_F(Rxbench, NamesAnOutputThatCannotBeMadeBeforeItMeasures) {
    program::write_file_atomically(output_, "a file");
    const CommandOutcome outcome = run_with({"--quick"});
    EXPECT_EQ(outcome.status.code, 1);
    EXPECT_TRUE(contains(outcome.errors, output_.string())) << outcome.errors;
    EXPECT_FALSE(fs::exists(log_));
}

TEST_F(Rxbench, ReportMakesTablesAndPlotsOfAResult) {
    const CommandOutcome outcome = rxbench({"report", kExample, "--output", output_.string()});
    ASSERT_TRUE(outcome.status.ok()) << outcome.errors;
    EXPECT_TRUE(fs::exists(output_ / "tables.md"));
    EXPECT_TRUE(fs::exists(output_ / "multi-percentiles.svg"));
}

TEST_F(Rxbench, ReportWritesFragmentsAndNothingElse) {
    const CommandOutcome outcome = rxbench({"report", kExample, "--fragments", output_.string()});
    ASSERT_TRUE(outcome.status.ok()) << outcome.errors;
    EXPECT_TRUE(contains(program::read_file(output_ / "latency-single.md"), "| receiver "));
    EXPECT_TRUE(contains(program::read_file(output_ / "inlines.txt"), "\nsettings.seed "));
    EXPECT_FALSE(fs::exists(output_ / "tables.md"));
    EXPECT_EQ(rxbench({"report", kExample, "--fragments", "a", "--output", "b"}).status.code, 2);
}

TEST_F(Rxbench, ReportAndCheckRefuseAFileThatIsNoResult) {
    const fs::path file = scratch_.path() / "result.json";
    const std::string whole = program::read_file(kExample);
    for (const std::string& text : {std::string("{"), whole.substr(0, whole.size() / 2),
                                    std::string(R"({"schema": "rxlab.result/9"})")}) {
        program::write_file_atomically(file, text);
        for (const char* subcommand : {"report", "check"}) {
            const CommandOutcome outcome = rxbench({subcommand, file.string()});
            EXPECT_EQ(outcome.status.code, 1);
            EXPECT_TRUE(contains(outcome.errors, file.string())) << outcome.errors;
            EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1);
        }
    }
    EXPECT_EQ(rxbench({"check", "/no/such/file"}).status.code, 1);
}

TEST_F(Rxbench, CheckPrintsTheGatesAndIs0OnlyForAValidResult) {
    const CommandOutcome valid = rxbench({"check", kExample});
    EXPECT_EQ(valid.status.code, 0);
    EXPECT_TRUE(valid.output.starts_with("VALID\n"));
    EXPECT_TRUE(contains(valid.output, "pass  multi, dpdk-af_xdp: no-loss: 0 %"));
    Json json = Json::parse(program::read_file(kExample));
    json["verdict"]["verdict"] = "SUSPECT";
    const fs::path file = scratch_.path() / "result.json";
    program::write_file_atomically(file, to_text(json));
    EXPECT_EQ(rxbench({"check", file.string()}).status.code, 1);
}

TEST_F(Rxbench, CheckPrintsFailuresFirst) {
    Json json = Json::parse(program::read_file(kExample));
    Json& gates = json["scenarios"][1]["verdict"]["gates"];
    gates[0]["status"] = "warn";
    gates.back()["status"] = "fail";
    const fs::path file = scratch_.path() / "result.json";
    program::write_file_atomically(file, to_text(json));
    const std::string text = rxbench({"check", file.string()}).output;
    const std::size_t fail = text.find("\nfail  "), warn = text.find("\nwarn  ");
    EXPECT_EQ(fail, text.find('\n')) << text;
    EXPECT_LT(fail, warn);
    EXPECT_LT(warn, text.find("\npass  "));
    const CommandOutcome machine = rxbench({"check", "--json", file.string()});
    const Json said = Json::parse(machine.output);
    EXPECT_EQ(said["schema"], "rxlab.check/1");
    EXPECT_EQ(said["verdict"], "VALID");
    EXPECT_EQ(said["gates"][0]["status"], "fail");
    EXPECT_EQ(said["gates"][0]["scenario"], json["scenarios"][1]["name"]);
    EXPECT_EQ(machine.status.code, 0);
}

TEST_F(Rxbench, CompareNamesBothFilesAndPrintsJson) {
    const CommandOutcome text = rxbench({"compare", kExample, kExample});
    EXPECT_TRUE(text.output.starts_with("A: " + std::string{kExample} + ": ")) << text.output;
    const Json json = Json::parse(rxbench({"compare", "--json", kExample, kExample}).output);
    EXPECT_EQ(json["schema"], "rxlab.compare/1");
    EXPECT_EQ(json["b"]["file"], kExample);
    EXPECT_TRUE(json["differences"].empty());
}

TEST_F(Rxbench, AsksWhetherTheNearestWasMeant) {
    const auto said = [this](const std::vector<std::string>& words) {
        const CommandOutcome outcome = rxbench(words);
        EXPECT_EQ(outcome.status.code, 2);
        return outcome.errors;
    };
    EXPECT_EQ(said({"comapre"}),
              "rxbench: unknown command comapre; did you mean compare? see `rxbench --help`\n");
    EXPECT_EQ(
        said({"run", "--roudns", "3"}),
        "rxbench: unknown option --roudns; did you mean --rounds? see `rxbench run --help`\n");
    EXPECT_TRUE(contains(said({"run", "--receiver", "kernel-spni"}), "did you mean kernel-spin?"));
    EXPECT_TRUE(contains(said({"run", "--scenario", "singel"}), "did you mean single?"));
    EXPECT_TRUE(contains(said({"run", "--profile", "possion"}), "did you mean poisson?"));
}

class RxbenchJoin : public Rxbench {
  protected:
    std::string sender_ = (scratch_.path() / "sender.trace").string();
    std::string receiver_ = (scratch_.path() / "receiver.trace").string();

    void write(const std::string& path, latency::TraceKind kind,
               const std::vector<latency::TraceRecord>& records, std::size_t room) {
        const latency::Clock clock = latency::Clock::detect();
        latency::Calibration calibration = latency::Calibration::start(clock);
        latency::TraceWriter writer(path, kind, room, clock);
        for (const latency::TraceRecord& record : records)
            writer.append(record);
        calibration.finish();
        writer.finish(calibration);
    }

    void SetUp() override {
        const synthetic::Traces traces = synthetic::make_traces(1, 2, 5'000, 10'000, {});
        write(sender_, latency::TraceKind::sender, traces.sender, 10'000);
        write(receiver_, latency::TraceKind::receiver, traces.receiver, 9'990);
    }
};

TEST_F(RxbenchJoin, PrintsLedgerAndPercentilesAndWarnsOfOverflow) {
    const CommandOutcome outcome = rxbench({"join", sender_, receiver_});
    ASSERT_TRUE(outcome.status.ok()) << outcome.errors;
    EXPECT_TRUE(contains(outcome.output, "total      10000       9990       10"));
    EXPECT_TRUE(contains(outcome.errors, "10 records did not fit"));
}

TEST_F(RxbenchJoin, SpeaksJson) {
    const CommandOutcome outcome = rxbench({"join", sender_, receiver_, "--json"});
    const Json json = Json::parse(outcome.output);
    EXPECT_EQ(json["ledger"]["lost"], 10);
    EXPECT_EQ(json["feeds"].size(), 2U);
    EXPECT_EQ(json["latency"]["samples"], 9'990);
    EXPECT_TRUE(json["latency"]["p999_ns"].is_null());
    EXPECT_GT(json["path"]["p50_ns"], 0);
}

TEST_F(RxbenchJoin, WritesHdrHistogramsText) {
    const std::string file = (scratch_.path() / "latency.hgrm").string();
    EXPECT_TRUE(rxbench({"join", sender_, receiver_, "--percentiles", file}).status.ok());
    EXPECT_TRUE(contains(program::read_file(file), "Percentile"));
    EXPECT_EQ(rxbench({"join", sender_, receiver_, "--percentiles", "/no/such/dir/x"}).status.code,
              1);
}

TEST_F(RxbenchJoin, RefusesSwappedAndBrokenTraces) {
    EXPECT_EQ(rxbench({"join", receiver_, sender_}).status.code, 1);
    EXPECT_EQ(rxbench({"join", sender_}).status.code, 2);
    fs::resize_file(receiver_, 100);
    const CommandOutcome outcome = rxbench({"join", sender_, receiver_});
    EXPECT_EQ(outcome.status.code, 1);
    EXPECT_TRUE(contains(outcome.errors, receiver_)) << outcome.errors;
}

}  // namespace
}  // namespace rxlab::bench
