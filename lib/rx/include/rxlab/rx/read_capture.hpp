// SPDX-License-Identifier: MIT
//
// What every receiver does with --read-pcap: nothing of its own, so that all give the same.
// Threading: everything happens in the calling thread.
#pragma once

#include <rxlab/rx/options.hpp>
#include <rxlab/rx/policy.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace rxlab::rx {

// What only makes sense with --read-pcap.
struct CaptureOptions {
    std::optional<std::uint16_t> vlan;  // take only its frames; 0: untagged ones; none: all
    bool tap_time = false;  // time is that of the stamps of a tap, where frames carry them
};

// --time recorder|tap. After add_options(); what is parsed goes to `capture`, which must outlive
// `app`.
void add_time_option(CLI::App& app, CaptureOptions& capture);
// --vlan ID, for a receiver that has none for other purposes.
void add_vlan_option(CLI::App& app, CaptureOptions& capture);
// A network's VLAN has an interface of its own: throws program::UsageError that says so where one
// is chosen without a capture.
void refuse_vlan_without_capture(const Options& options, const CaptureOptions& capture);

// Runs the capture through the pipeline as feeds of options.groups; without groups, lists what the
// capture holds instead (schema rxlab.capture/2, docs/contracts.md). Returns the exit status.
// Throws what run_receiver() throws; program::RunError also where a group comes in several VLANs
// and none is chosen.
int read_capture(const std::string& program, const Options& options, const MakePolicy& make_policy,
                 const CaptureOptions& capture);

}  // namespace rxlab::rx
