// SPDX-License-Identifier: MIT
//
// Reads the JSON summaries of receivers (rxlab.rx/1) and sender (rxlab.tx/1), docs/contracts.md.
// Errors are std::runtime_error with the file and the field.
#pragma once

#include "bench/result/result.hpp"
#include "bench/run/library_versions.hpp"

#include <rxlab/latency/stall_log.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

struct ReceiverSummary {
    ReceiverReport report;
    std::uint64_t packets = 0;
    std::optional<std::string> dpdk_version;
};

// Adds the files of the libraries that the program of this summary loaded, where it says.
void add_libraries(const std::string& summary, LibraryFiles& libraries);

[[nodiscard]] ReceiverSummary read_receiver_summary(const std::filesystem::path& path);
// The stall log of either program; none if it kept none or had no room for all of it.
[[nodiscard]] std::optional<std::vector<latency::Stall>> read_stalls(
    const std::filesystem::path& path);
[[nodiscard]] SenderReport read_sender_summary(const std::filesystem::path& path);

}  // namespace rxlab::bench
