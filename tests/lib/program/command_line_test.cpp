// SPDX-License-Identifier: MIT
#include <rxlab/program/command_line.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::program {
namespace {

struct Options {
    std::uint64_t count = 1;
    std::int32_t cpu = 1;
    double rate = 1;
    std::optional<double> seconds;
    std::vector<int> sizes;
    std::string name = "none";
};

bool parse(CLI::App& app, const std::vector<std::string>& words) {
    std::vector<const char*> arguments{"tool"};
    for (const std::string& word : words)
        arguments.push_back(word.c_str());
    return parse_command_line(app, static_cast<int>(arguments.size()), arguments.data());
}

// "" where it was parsed, else what is wrong.
std::string complaint(CLI::App& app, const std::vector<std::string>& words) {
    try {
        return parse(app, words) ? "" : "(printed)";
    } catch (const UsageError& error) {
        return error.what();
    }
}

std::string parsed(Options& options, std::vector<std::string> words) {
    CLI::App app{"a program", "tool"};
    CLI::App* const run = app.add_subcommand("run", "a command");
    run->add_option("--count", options.count)->type_name("N");
    run->add_option("--cpu", options.cpu);
    run->add_option("--rate", options.rate)->check(CLI::Range(1.0, 1e6))->type_name("PPS");
    run->add_option("--seconds", options.seconds)->type_name("S");
    run->add_option("--sizes", options.sizes)->delimiter(',');
    run->add_option("--name", options.name)->type_name("NAME");
    words.insert(words.begin(), "run");
    return complaint(app, words);
}

TEST(Numbers, AreReadAsTheyAreWritten) {
    Options options;
    EXPECT_EQ(parsed(options, {"--count", "1500", "--cpu", "3", "--rate", "2.5e3", "--seconds",
                               "0.5", "--sizes", "1,5"}),
              "");
    EXPECT_EQ(options.count, 1500U);
    EXPECT_EQ(options.cpu, 3);
    EXPECT_EQ(options.rate, 2500);
    EXPECT_EQ(options.seconds, 0.5);
    EXPECT_EQ(options.sizes, (std::vector<int>{1, 5})) << "a list has its commas";
}

TEST(Numbers, WithSeparatorsAreRefusedByName) {
    for (const std::string option : {"--count", "--cpu", "--rate", "--seconds"}) {
        for (const std::string text : {"1,5", "1_5", "1'5", "1 5"}) {
            Options options;
            const std::string said = parsed(options, {option, text});
            EXPECT_NE(said.find(option), std::string::npos)
                << option << ' ' << text << ": " << said;
            EXPECT_EQ(options.count, 1U);
            EXPECT_EQ(options.cpu, 1);
            EXPECT_EQ(options.rate, 1);
            EXPECT_FALSE(options.seconds);
        }
    }
}

TEST(Numbers, ThatAreEmptyAreRefused) {
    for (const std::string option : {"--count", "--cpu", "--rate", "--seconds"}) {
        Options options;
        EXPECT_NE(parsed(options, {option, ""}), "") << option;
    }
}

// As all receivers have it. CLI11 leaves it unset for "", which would mean: not pinned.
TEST(Numbers, OfAnOptionalCpuAreReadOrRefused) {
    const auto cpu_of = [](const std::vector<std::string>& words) {
        CLI::App app{"a program", "tool"};
        std::optional<unsigned> cpu;
        add_value(app, "--cpu", cpu, "N", "the CPU");
        const std::string said = complaint(app, words);
        if (!said.empty()) {
            EXPECT_NE(said.find("--cpu"), std::string::npos) << said;
            EXPECT_EQ(said.find('\n'), std::string::npos) << said;
            EXPECT_FALSE(cpu);
            return std::string{"refused"};
        }
        return cpu ? std::to_string(*cpu) : "unset";
    };
    EXPECT_EQ(cpu_of({}), "unset");
    EXPECT_EQ(cpu_of({"--cpu", "15"}), "15");
    EXPECT_EQ(cpu_of({"--cpu=15"}), "15");
    for (const char* wrong : {"", "1,5", "1_5", "1'5", " ", "-1", "one"}) {
        EXPECT_EQ(cpu_of({"--cpu", wrong}), "refused") << wrong;
        EXPECT_EQ(cpu_of({std::string{"--cpu="} + wrong}), "refused") << "--cpu=" << wrong;
    }
}

TEST(Numbers, AreNotLookedForInNames) {
    Options options;
    EXPECT_EQ(parsed(options, {"--name", "a,b c_d"}), "");
    EXPECT_EQ(options.name, "a,b c_d");
    EXPECT_EQ(parsed(options, {"--name", ""}), "");
}

TEST(CommandLine, ShowsDefaultsThatSaySomething) {
    CLI::App app{"a program", "tool"};
    std::uint64_t room = 4'096, none = 0, limit = std::numeric_limits<std::uint64_t>::max();
    std::optional<double> seconds;
    add_value(app, "--room", room, "N", "room");
    add_value(app, "--none", none, "N", "none");
    add_value(app, "--limit", limit, "N", "limit");
    add_value(app, "--seconds", seconds, "SECONDS", "seconds");
    EXPECT_EQ(app.get_option("--room")->get_default_str(), "4096");
    for (const char* silent : {"--none", "--limit", "--seconds"})
        EXPECT_EQ(app.get_option(silent)->get_default_str(), "") << silent;
}

TEST(CommandLine, TakesOneOfSeveralWords) {
    enum class Colour { red, green };
    const auto chosen = [](const std::vector<std::string>& words) -> std::optional<Colour> {
        CLI::App app{"a program", "tool"};
        Colour colour = Colour::green;
        const auto* const option = add_choice<Colour>(
            app, "--colour", colour, {{"red", Colour::red}, {"green", Colour::green}}, "colour");
        EXPECT_EQ(option->get_default_str(), "green");
        EXPECT_EQ(option->get_type_name(), "red|green");
        if (!complaint(app, words).empty()) return std::nullopt;
        return colour;
    };
    EXPECT_EQ(chosen({}), Colour::green);
    EXPECT_EQ(chosen({"--colour", "red"}), Colour::red);
    EXPECT_EQ(chosen({"--colour", "blue"}), std::nullopt);
    EXPECT_EQ(chosen({"--colour", ""}), std::nullopt);
}

TEST(CommandLine, NamesTheOptionWhoseTextIsWrong) {
    CLI::App app{"a program", "tool"};
    std::vector<int> list;
    const auto even = [](const std::string& text) {
        const int number = std::stoi(text);
        if (number % 2 != 0) throw std::invalid_argument(text + " is odd");
        return number;
    };
    add_list(app, "--even", list, even, "NUMBER", "even numbers");
    EXPECT_EQ(complaint(app, {"--even", "2", "--even", "4"}), "");
    EXPECT_EQ(list, (std::vector{2, 4}));
    EXPECT_EQ(complaint(app, {"--even", "2", "--even", "3"}), "--even: 3 is odd");
}

TEST(CommandLine, SaysWhereHelpIsAndPrintsIt) {
    CLI::App app{"a program", "tool"};
    EXPECT_NE(complaint(app, {"--what"}).find("; see `tool --help`"), std::string::npos);
    ::testing::internal::CaptureStdout();
    CLI::App other{"a program", "tool"};
    EXPECT_FALSE(parse(other, {"--version"}));
    EXPECT_EQ(::testing::internal::GetCapturedStdout().substr(0, 5), "tool ");
}

struct Kitchen {
    CLI::App app{"Cooks.", "tool"};
    CLI::App* bake;
    double hours = 1;
    std::string dish;
    bool hot = false;

    Kitchen() {
        app.require_subcommand(1);
        bake = app.add_subcommand("bake", "in the oven");
        app.add_subcommand("boil", "in water");
        bake->add_option("dish", dish, "what to bake")->required()->type_name("DISH");
        add_value(*bake, "--hours", hours, "S", "for how long", CLI::Range(0.5, 24.0));
        bake->add_option("--from", dish, "a shop")->type_name("ADDRESS:PORT");
        bake->add_option("--in", dish, "a folder")->check(CLI::ExistingDirectory)->type_name("DIR");
        bake->add_flag("--hot", hot, "hot")->excludes("--hours");
        bake->add_flag("--secret", hot, "not shown")->group("");
    }
};

TEST(CommandLine, AsksWhetherTheNearestWasMeant) {
    const auto said = [](const std::vector<std::string>& words) {
        Kitchen kitchen;
        return complaint(kitchen.app, words);
    };
    EXPECT_EQ(said({"bkae"}), "unknown command bkae; did you mean bake? see `tool --help`");
    EXPECT_EQ(said({"bake", "pie", "--huors", "2"}),
              "unknown option --huors; did you mean --hours? see `tool bake --help`");
    EXPECT_EQ(said({"bake", "pie", "--huors=2"}),
              "unknown option --huors; did you mean --hours? see `tool bake --help`");
    EXPECT_EQ(said({"bake", "--huors"}),
              "unknown option --huors; did you mean --hours? see `tool bake --help`")
        << "the dish is missing, too";
    EXPECT_EQ(said({"wash"}), "unknown command wash; see `tool --help`");
    EXPECT_EQ(said({"bake", "pie", "cake"}), "unexpected argument: cake; see `tool bake --help`");
    EXPECT_NE(one_of({"epoll", "spin"})("epol").find("; did you mean epoll?"), std::string::npos);
}

TEST(CommandLine, HelpIsTheSameWithEveryCli11) {
    Kitchen kitchen;
    ::testing::internal::CaptureStdout();
    EXPECT_FALSE(parse(kitchen.app, {"bake", "--help"}));
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), R"(Usage: tool bake [OPTION]... DISH

in the oven

Arguments:
  DISH   what to bake

Options:
  --hours S             for how long (0.5 to 24; default: 1; not with --hot)
  --from ADDRESS:PORT   a shop
  --in DIR              a folder
  --hot                 hot (not with --hours)
  -h, --help            print this help
)");
    ::testing::internal::CaptureStdout();
    EXPECT_FALSE(parse(kitchen.app, {"--help"}));
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), R"(Usage: tool [OPTION]... COMMAND

Cooks.

Commands:
  bake   in the oven
  boil   in water

Options:
  -h, --help   print this help
  --version    print the version

tool COMMAND --help lists a command's options.
)");
}

TEST(CommandLine, HelpIsNotWiderThanATerminal) {
    CLI::App app{"Cooks.", "tool"};
    std::string value;
    std::string long_help;
    for (int i = 0; i < 40; ++i)
        long_help += "many µ words ";
    add_value(app, "--value", value, "a|very|long|list|of|words|to|choose|from", long_help);
    const std::string text = help_text(app, " MORE --");
    EXPECT_TRUE(text.starts_with("Usage: tool MORE -- [OPTION]...\n")) << text;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        EXPECT_LE(end - at, 108U) << "each µ has two bytes: " << text.substr(at, end - at);
        at = end + 1;
    }
}

TEST(CommandLine, RefusesTextsThatAreTooLong) {
    const auto check = at_most(3);
    EXPECT_EQ(check("abc"), "");
    EXPECT_NE(check("abcd"), "");
}

TEST(Password, IsTheFirstLineOfAFile) {
    const std::string path = ::testing::TempDir() + "password";
    const auto read = [&](const std::string& content) -> std::string {
        std::ofstream{path} << content;
        try {
            return read_password("--password-file", path, 10);
        } catch (const UsageError&) {
            return "(refused)";
        }
    };
    EXPECT_EQ(read("secret\nmore\n"), "secret");
    EXPECT_EQ(read("secret\r\n"), "secret") << "as Windows ends lines";
    EXPECT_EQ(read("0123456789"), "0123456789");
    EXPECT_EQ(read("0123456789a"), "(refused)");
    EXPECT_EQ(read(""), "(refused)");
    EXPECT_EQ(read("\nsecret"), "(refused)");
    std::remove(path.c_str());
    EXPECT_THROW(static_cast<void>(read_password("--password-file", path, 10)), RunError);
    EXPECT_THROW(static_cast<void>(read_password("--password-file", "/", 10)), RunError);
}

}  // namespace
}  // namespace rxlab::program
