// SPDX-License-Identifier: MIT
//
// What --read-pcap asks for: the capture, and which of its feeds are sent where.
#pragma once

#include "feedsim/options.hpp"

namespace rxlab::feedsim {

// Reads the capture that the options name, if they do, and puts the groups to send to into
// options.groups. Where no group was asked for: all multicast destinations of it that are feeds
// (capture::Destination::is_feed()), and those that options.send_to names, in the order of their
// first datagram. Throws what Recording throws, program::RunError where there is no such feed, and
// program::UsageError where there are several and only one can be written, or two would go to the
// same group.
void load_recording(Options& options);

}  // namespace rxlab::feedsim
