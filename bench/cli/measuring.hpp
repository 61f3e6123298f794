// SPDX-License-Identifier: MIT
//
// What the commands share that measure: options for the place, the traffic and the receivers, and
// the folder for what they write.
#pragma once

#include "bench/cli/commands.hpp"
#include "bench/cli/guest_run.hpp"
#include "bench/experiments/campaign.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/load.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace rxlab::bench {

struct RunOptions {
    CampaignOptions campaign;
    GuestOptions guest;
    bool keep_traces = false;
    Output to;
    std::string output, testbed_dir, program_dir;
};

// The folder for the output. It is made before minutes of measuring, not after. If nothing was
// written into it, it is removed again, unless it existed before.
class OutputFolder {
  public:
    // Throws std::system_error where it cannot be made.
    explicit OutputFolder(std::filesystem::path path);
    ~OutputFolder();
    OutputFolder(const OutputFolder&) = delete;
    OutputFolder& operator=(const OutputFolder&) = delete;

    operator const std::filesystem::path&() const noexcept { return path_; }
    [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
    bool is_new_;
};

// Completes the options with what the environment and the place of rxbench say.
[[nodiscard]] OutputFolder prepare(RunOptions& options);

// Prints the tables, and writes them beside the result's file.
void show(const Output& output, const Document& document, const std::filesystem::path& file);

void add_place_options(CLI::App& command, RunOptions& options);
void add_wait_option(CLI::App& command, CampaignOptions& options);
void add_burst_options(CLI::App& command, CampaignOptions& options);
// The receivers of a command to which none is named.
enum class WithoutName : bool { usual, all_that_run };
void add_receiver_option(CLI::App& command, CampaignOptions& options,
                         WithoutName without = WithoutName::usual);
// --rate-min, --rate-max, --halvings, and the length of a trial under a name of the command's own.
void add_search_options(CLI::App& command, RateSearch& search, const std::string& seconds);
// Throws program::UsageError where it cannot find anything.
void check_search(const RateSearch& search);
void add_variant_option(CLI::App& command, CampaignOptions& options);
// --testbed, of these, and the ports of nic.
void add_testbed_option(CLI::App& command, CampaignOptions& options,
                        const std::vector<std::string>& beds);

}  // namespace rxlab::bench
