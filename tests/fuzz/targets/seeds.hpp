// SPDX-License-Identifier: MIT
//
// The makers of seeds, one for each target.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace rxlab::fuzz {

using Seed = std::vector<std::byte>;

inline void append(Seed& seed, std::span<const std::byte> bytes) {
    seed.insert(seed.end(), bytes.begin(), bytes.end());
}

// An empty folder that takes seeds.
class Folder {
  public:
    explicit Folder(std::filesystem::path path);
    void add(Seed bytes);
    void add(std::string_view text);

  private:
    std::filesystem::path path_;
    int count_ = 0;
};

// One message of each type, and a day of a few that make a book.
[[nodiscard]] std::vector<Seed> itch_messages();
// MoldUDP64 packets of those messages, a heartbeat and an end of session among them.
[[nodiscard]] std::vector<Seed> datagrams();

void make_captures(Folder& folder);
void make_frames(Folder& folder);
void make_moldudp64(Folder& folder);
void make_igmp(Folder& folder);
void make_itch_files(Folder& folder);
void make_soupbintcp(Folder& folder);
void make_sequencer(Folder& folder);
void make_snapshot_client(Folder& folder);
void make_traces(Folder& folder);
void make_results(Folder& folder);
void make_addresses(Folder& folder);

inline constexpr std::array<std::pair<std::string_view, void (*)(Folder&)>, 11> kSeedMakers{{
    {"capture", make_captures},
    {"frame", make_frames},
    {"moldudp64", make_moldudp64},
    {"igmp", make_igmp},
    {"itch_file", make_itch_files},
    {"soupbintcp", make_soupbintcp},
    {"sequencer", make_sequencer},
    {"snapshot_client", make_snapshot_client},
    {"trace", make_traces},
    {"result", make_results},
    {"address", make_addresses},
}};

}  // namespace rxlab::fuzz
