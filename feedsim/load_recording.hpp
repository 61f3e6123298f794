// SPDX-License-Identifier: MIT
//
// What --read-pcap asks for: the capture, and which of its feeds are sent where.
#pragma once

#include "feedsim/options.hpp"

namespace rxlab::feedsim {

// Reads the capture that the options name, if they do, and puts the groups to send to into
// options.groups. If no group was asked for, these are all multicast destinations in it that are
// feeds (capture::Destination::is_feed()) and those that options.send_to names, in the order of
// their first datagram. Throws what Recording throws, program::RunError if there is no such feed,
// and program::UsageError if there are several and only one can be written, or if two would go to
// the same group.
void load_recording(Options& options);

}  // namespace rxlab::feedsim
