// SPDX-License-Identifier: MIT
#include "bench/result/file.hpp"
#include "synthetic.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <stdexcept>
#include <system_error>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

const fs::path kExample = RXLAB_SOURCE_DIR "/tests/bench/data/example-result.json";

const OrderedJson& example_json() {
    static const OrderedJson json = OrderedJson::parse(program::read_file(kExample));
    return json;
}

std::string why(const OrderedJson& json) {
    try {
        static_cast<void>(result_from_json(json, "result.json"));
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "accepted";
}

// Every path of keys in a document; list entries all count as [].
void collect_paths(const OrderedJson& json, const std::string& path, std::set<std::string>& paths) {
    paths.insert(path);
    if (json.is_object()) {
        for (const auto& [key, value] : json.items())
            collect_paths(value, path + "." + key, paths);
    } else if (json.is_array()) {
        for (const OrderedJson& value : json)
            collect_paths(value, path + "[]", paths);
    }
}

TEST(ResultFile, IsReadBackAsItWasWritten) {
    EXPECT_EQ(to_json(result_from_json(example_json(), "example")), example_json());
}

TEST(ResultFile, ExampleIsWhatThisProgramWrites) {
    std::set<std::string> of_example, of_program;
    collect_paths(example_json(), "", of_example);
    collect_paths(to_json(synthetic::make_result()), "", of_program);
    EXPECT_EQ(of_example, of_program)
        << "make_example_result > tests/bench/data/example-result.json";
}

TEST(ResultFile, KeepsTheStagesOfKernelStampsWhereThereAreAny) {
    Result result = synthetic::make_result();
    ReceiverResult& receiver = result.scenarios[0].receivers[0];
    EXPECT_FALSE(to_json(result)["scenarios"][0]["receivers"][0]["stages"].contains("delivery"));
    receiver.stages.delivery.emplace().p50_ns.value = 1'234;
    receiver.runs[0].stages.delivery.emplace().p99_ns = 5'678;
    const Result again = result_from_json(to_json(result), "again");
    const ReceiverResult& read = again.scenarios[0].receivers[0];
    ASSERT_TRUE(read.stages.delivery && read.runs[0].stages.delivery);
    EXPECT_EQ(read.stages.delivery->p50_ns.value, 1'234);
    EXPECT_EQ(read.runs[0].stages.delivery->p99_ns, 5'678);
    EXPECT_FALSE(read.stages.arrival);
}

TEST(ResultFile, KeepsTheStagesOfTheNicsStampsWhereThereAreAny) {
    Result result = synthetic::make_result();
    ReceiverResult& receiver = result.scenarios[0].receivers[0];
    const auto without = to_json(result)["scenarios"][0]["receivers"][0];
    EXPECT_FALSE(without["stages"].contains("from_nic"));
    EXPECT_FALSE(without["runs"][0]["receiver"].contains("nic_stamps"));
    receiver.stages.from_nic.emplace().p50_ns.value = 1'234;
    receiver.stages.wire.emplace().p50_ns.value = 567;
    receiver.runs[0].stages.from_nic.emplace().p99_ns = 5'678;
    receiver.runs[0].receiver.nic_stamps = NicStampReport{10, 1, 2, 3, 765};
    const Result again = result_from_json(to_json(result), "again");
    const ReceiverResult& read = again.scenarios[0].receivers[0];
    ASSERT_TRUE(read.stages.from_nic && read.stages.wire && read.runs[0].stages.from_nic);
    EXPECT_EQ(read.stages.from_nic->p50_ns.value, 1'234);
    EXPECT_EQ(read.stages.wire->p50_ns.value, 567);
    EXPECT_EQ(read.runs[0].stages.from_nic->p99_ns, 5'678);
    ASSERT_TRUE(read.runs[0].receiver.nic_stamps);
    EXPECT_EQ(read.runs[0].receiver.nic_stamps->jumps, 3U);
    EXPECT_EQ(read.runs[0].receiver.nic_stamps->error_ns_max, 765);
}

TEST(ResultFile, OfBeforeTheThievesWereNamedIsStillRead) {
    OrderedJson json = example_json();
    json["scenarios"][0].erase("other_programs");
    OrderedJson& gaps = json["scenarios"][0]["receivers"][0]["runs"][0]["stalls"]["sender"];
    gaps.erase("switched_ns");
    gaps.erase("long_ns");
    const Result result = result_from_json(json, "old");
    EXPECT_FALSE(result.scenarios[0].other_programs);
    EXPECT_FALSE(result.scenarios[0].receivers[0].runs[0].stalls.sender->switched_ns);
    EXPECT_EQ(result.scenarios[1].other_programs->at(0).name, "indexer");
}

TEST(ResultFile, TextIsTheSameDocument) {
    EXPECT_EQ(OrderedJson::parse(to_text(example_json())), example_json());
}

TEST(ResultFile, RefusesAnotherSchemaVersionInOneLine) {
    OrderedJson json = example_json();
    json["schema"] = "rxlab.result/1";
    EXPECT_EQ(
        why(json),
        "result.json: schema rxlab.result/1, this rxbench reads rxlab.result/4; measure again "
        "with `rxbench run`");
}

TEST(ResultFile, RefusesJsonThatIsNoResult) {
    EXPECT_NE(why(OrderedJson::object()).find("not a result file"), std::string::npos);
    EXPECT_NE(why(OrderedJson::array()).find("not a result file"), std::string::npos);
    EXPECT_NE(why(OrderedJson{{"schema", 1}}).find("not a result file"), std::string::npos);
}

TEST(ResultFile, NamesTheFieldThatIsMissing) {
    OrderedJson json = example_json();
    json["scenarios"][1]["receivers"][0]["ledger"].erase("lost");
    EXPECT_NE(why(json).find("scenarios[1].receivers[0].ledger.lost: missing"), std::string::npos)
        << why(json);
}

TEST(ResultFile, NamesTheFieldOfAnotherType) {
    OrderedJson json = example_json();
    json["settings"]["seed"] = "six";
    EXPECT_NE(why(json).find("settings.seed: not a whole number"), std::string::npos);
    json = example_json();
    json["settings"]["seed"] = 6.0;
    EXPECT_NE(why(json).find("settings.seed: not a whole number"), std::string::npos);
    json = example_json();
    json["settings"]["samples_beyond"] = -1;
    EXPECT_NE(why(json).find("settings.samples_beyond: not a whole number of at least 0"),
              std::string::npos);
    json = example_json();
    json["environment"]["root"] = 1;
    EXPECT_NE(why(json).find("environment.root: not true or false"), std::string::npos);
    json = example_json();
    json["scenarios"] = 3;
    EXPECT_NE(why(json).find("scenarios: not a list"), std::string::npos);
    json = example_json();
    json["verdict"]["verdict"] = "FINE";
    EXPECT_NE(why(json).find("'FINE' is not one of VALID, SUSPECT, VOID"), std::string::npos);
}

// Taking away any one field must be noticed: the reader skips nothing.
TEST(ResultFile, RefusesTheLossOfAnyField) {
    const std::vector<OrderedJson::json_pointer> objects{
        OrderedJson::json_pointer(""),
        OrderedJson::json_pointer("/rxlab"),
        OrderedJson::json_pointer("/environment"),
        OrderedJson::json_pointer("/environment/cpu"),
        OrderedJson::json_pointer("/scenarios/0"),
        OrderedJson::json_pointer("/scenarios/0/receivers/0"),
        OrderedJson::json_pointer("/scenarios/0/receivers/0/figures"),
        OrderedJson::json_pointer("/scenarios/0/receivers/0/undisturbed"),
        OrderedJson::json_pointer("/scenarios/0/receivers/0/runs/0/undisturbed"),
        OrderedJson::json_pointer("/scenarios/0/receivers/0/runs/0"),
        OrderedJson::json_pointer("/scenarios/0/receivers/0/runs/0/figures"),
        OrderedJson::json_pointer("/scenarios/0/receivers/0/runs/0/receiver"),
        OrderedJson::json_pointer("/scenarios/0/receivers/0/runs/0/sender"),
        OrderedJson::json_pointer("/scenarios/0/ratios/0"),
        OrderedJson::json_pointer("/scenarios/0/verdict/gates/0")};
    for (const auto& pointer : objects) {
        for (const auto& [key, value] : example_json()[pointer].items()) {
            // Older results lack them.
            if (key == "other_programs" || key == "libraries" || key.starts_with("undisturbed"))
                continue;
            OrderedJson json = example_json();
            json[pointer].erase(key);
            EXPECT_NE(why(json), "accepted") << pointer.to_string() << '/' << key;
        }
    }
}

class ResultOnDisk : public testing::Test {
  protected:
    program::ScratchDirectory scratch_{fs::temp_directory_path()};
    fs::path file_ = scratch_.path() / "result.json";

    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(scratch_.path()), fs::directory_iterator()));
    }
};

TEST_F(ResultOnDisk, IsWrittenAndRead) {
    write_result(file_, synthetic::make_result());
    EXPECT_EQ(read_result(file_).scenarios.size(), 2U);
    EXPECT_EQ(files(), 1U);
}

TEST_F(ResultOnDisk, TruncatedIsRefusedWithItsName) {
    const std::string whole = program::read_file(kExample);
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 3}) {
        program::write_file_atomically(file_, whole.substr(0, size));
        try {
            static_cast<void>(read_result(file_));
            ADD_FAILURE() << "accepted " << size << " bytes";
        } catch (const std::runtime_error& error) {
            EXPECT_NE(std::string(error.what()).find(file_.string() + ": not JSON at byte"),
                      std::string::npos)
                << error.what();
        }
    }
}

TEST_F(ResultOnDisk, MissingIsRefusedWithItsName) {
    try {
        static_cast<void>(read_result(file_));
        ADD_FAILURE();
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("open " + file_.string()), std::string::npos);
    }
}

// A file size limit stands for the full disk: both fail in write(2).
TEST_F(ResultOnDisk, FailedWriteNamesThePathAndLeavesWhatWasThere) {
    program::write_file_atomically(file_, "old");
    const auto previous = ::signal(SIGXFSZ, SIG_IGN);
    rlimit unlimited{};
    ::getrlimit(RLIMIT_FSIZE, &unlimited);
    rlimit limited = unlimited;
    limited.rlim_cur = 1'000;
    ::setrlimit(RLIMIT_FSIZE, &limited);
    std::string message;
    try {
        program::write_file_atomically(file_, std::string(100'000, 'x'));
    } catch (const std::system_error& error) {
        message = error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &unlimited);
    ::signal(SIGXFSZ, previous);
    EXPECT_NE(message.find("write " + file_.string()), std::string::npos) << message;
    EXPECT_EQ(program::read_file(file_), "old");
    EXPECT_EQ(files(), 1U);
}

TEST_F(ResultOnDisk, WriteIntoNoDirectoryNamesThePath) {
    EXPECT_THROW(program::write_file_atomically(scratch_.path() / "no" / "file", "x"),
                 std::system_error);
}

class Scratch : public testing::Test {
  protected:
    program::ScratchDirectory parent_{fs::temp_directory_path()};
};

TEST_F(Scratch, GoesWithItsScope) {
    {
        const program::ScratchDirectory scratch(parent_.path());
        program::write_file_atomically(scratch.path() / "trace", "x");
    }
    EXPECT_TRUE(fs::is_empty(parent_.path()));
}

TEST_F(Scratch, OfAKilledProcessIsRemovedAndOthersAreNot) {
    const pid_t dead = ::fork();
    if (dead == 0) ::_exit(0);
    ::waitpid(dead, nullptr, 0);
    const fs::path stale = parent_.path() / ("rxlab-" + std::to_string(dead) + "-abcdef");
    const fs::path foreign = parent_.path() / ("other-" + std::to_string(dead) + "-abcdef");
    fs::create_directory(stale);
    program::write_file_atomically(stale / "trace", "x");
    fs::create_directory(foreign);
    const program::ScratchDirectory living(parent_.path());
    program::remove_stale_scratch(parent_.path());
    EXPECT_FALSE(fs::exists(stale));
    EXPECT_TRUE(fs::exists(foreign));
    EXPECT_TRUE(fs::exists(living.path()));
}

}  // namespace
}  // namespace rxlab::bench
