// SPDX-License-Identifier: MIT
//
// The receivers that can be compared, and how each is started. To add one, add an entry to the
// table in candidates.cpp.
#pragma once

#include "bench/run/kept_awake.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

// Where a receiver is to run.
struct Place {
    std::string interface;
    std::string port;  // PCI address of the receiving port; empty if it is not on a bus
    int cpu = 0;
    std::int64_t huge_pages = 0;       // 2 MiB pages that it may use
    std::uint64_t lockable_bytes = 0;  // RLIMIT_MEMLOCK; root: no limit
};

struct Candidate {
    std::string name, title;
    std::string kind;     // "kernel", "packet", "xdp", "nic" or "dpdk"
    std::string program;  // file name
    bool needs_root;
    bool sleeps;          // while it waits for packets; the others spin
    std::string only_on;  // the one test bed that has its port; empty: any but shm
    std::string end;      // of the test bed, where it runs: "rx", or "rx-bound" (vfio-pci)
    // Its own arguments, before those that all receivers share.
    std::vector<std::string> (*arguments)(const Place& place);
    std::vector<std::string> changes{};  // of a variant: options in place of, or beside, the others
    CoreSleep sleep = CoreSleep::as_it_is;  // of its core, while it runs
    bool by_default = true;                 // runs also where nobody asked for it by name
    bool pollable_queue = false;            // test_bed.hpp: PollableQueue
    // The arguments of feedsim_dpdk before those that all senders share, where that is its sender;
    // null: feedsim, through the bed's interface.
    std::vector<std::string> (*sender_arguments)(const Place& place) = nullptr;
    bool takes_frames = false;  // the groups' packets reach nobody else on the interface
    std::string copy_of{};      // of a copy: the receiver's name; see copy()
    std::optional<int> cpu{};   // of a variant that names the CPU it runs on
};

// In the order of tables and ratios: sockets, rings, our own driver, DPDK; blocking before
// spinning; then, in the same order, those of the bed shm.
[[nodiscard]] const std::vector<Candidate>& all_candidates();

// Throws program::UsageError for an unknown name; the message lists the known ones.
[[nodiscard]] const Candidate& candidate(const std::string& name);

// "NAME=RECEIVER OPTION…": RECEIVER with other options, compared under a name of its own. Throws
// program::UsageError for text of another form, an unknown receiver or a name that is taken.
[[nodiscard]] Candidate variant(const std::string& text);

// False of one that only keeps its core awake, and so says what a blocking socket waits for.
[[nodiscard]] bool is_a_way_of_its_own(const Candidate& candidate) noexcept;

// Another one of the same, to run beside it: "kernel-block-2" for number 2.
[[nodiscard]] Candidate copy(const Candidate& candidate, std::size_t number);

// Why it cannot run together with others on one feed; empty: it can.
[[nodiscard]] std::string reason_against_company(const Candidate& candidate);

// The candidate's own arguments at `place`. A DPDK receiver gets no huge pages if a variant's
// options contain --no-huge.
[[nodiscard]] std::vector<std::string> own_arguments(const Candidate& candidate, Place place);

// Puts the candidate's changes into the complete arguments. A new option replaces an old one of the
// same name, with its value.
void apply_changes(const Candidate& candidate, std::vector<std::string>& arguments);

// Huge pages of 2 MiB that the candidates need, including what they keep free.
inline constexpr std::int64_t kHugePagesWanted = 256;

}  // namespace rxlab::bench
