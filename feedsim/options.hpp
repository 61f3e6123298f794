// SPDX-License-Identifier: MIT
//
// The command line of feedsim (docs/contracts.md), parsed and checked: the options that
// parse_options() returns fit together. Threading: a value.
#pragma once

#include "feedsim/impair/impairment.hpp"
#include "feedsim/impair/skew.hpp"
#include "feedsim/market/feed_stream.hpp"
#include "feedsim/market/schedule.hpp"

#include <rxlab/order/trigger.hpp>
#include <rxlab/wire/address.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace rxlab::feedsim {

class Recording;

// A recorded feed that is sent to a group other than its own.
struct SendTo {
    wire::Ipv4Endpoint recorded;
    wire::Ipv4Endpoint group;
};

struct Options {
    std::string program = "feedsim";
    // Where feeds are sent. With read_pcap, until load_recording() has read the capture: the feeds
    // chosen from it (none: all of them).
    std::vector<wire::Ipv4Endpoint> groups;
    std::vector<wire::Ipv4Endpoint> line_b;  // one for each group, or none at all
    // Names of the MoldUDP64 sessions, one for each group, or none at all.
    std::vector<std::string> sessions;
    SkewOptions skew;
    // Those of feed i's line A are at 2 i, of its line B at 2 i + 1; empty if nothing is impaired.
    std::vector<ImpairmentOptions> impairments;
    std::uint64_t impair_seed = 1;
    std::optional<wire::Ipv4Endpoint> rerequest;   // where the re-request server listens
    std::optional<wire::Ipv4Endpoint> snapshot;    // where the snapshot server listens
    std::uint64_t store_messages = 262'144;        // per feed, if there is a server
    double rerequest_rate_pps = 10'000;            // answers per second, at most
    std::uint64_t rerequest_quota = kUnbounded;    // messages to each client
    std::string snapshot_user;                     // that logins must name; empty: any
    std::optional<std::string> snapshot_password;  // likewise; none: any
    double linger_s = 0;
    std::optional<wire::Ipv4Endpoint> orders;  // where orders come in
    std::vector<order::Trigger> orders_when;   // which ones must come; not empty with `orders`
    std::uint64_t orders_max = kUnbounded;     // that must come
    std::string orders_trace;
    std::string interface;
    double rate_pps = 10'000;
    Profile profile = Profile::constant;
    std::uint32_t burst = 32;                 // of profile microburst
    std::uint64_t packets_max = kUnbounded;   // of each feed; --duration ends up here, too
    std::uint64_t messages_max = kUnbounded;  // of each feed
    std::uint32_t messages_per_packet = 1;
    std::uint32_t symbols = 100;
    std::uint64_t seed = 1;
    std::string file;
    std::string read_pcap;                       // a capture whose feeds are sent again
    std::shared_ptr<const Recording> recording;  // that capture, once load_recording() has read it
    std::vector<SendTo> send_to;                 // of read_pcap
    std::optional<std::uint16_t> read_vlan;      // of read_pcap: only this one; 0: untagged frames
    bool tap_time = false;                       // of read_pcap: go by the stamps of a tap
    double pace = 1;  // of read_pcap: how many times as fast as recorded; 0: at rate_pps
    std::uint64_t sequence = 1;
    bool stamp = false;
    std::string write_itch;
    std::string write_pcap;
    std::uint16_t vlan = 0;
    std::optional<unsigned> cpu;
    std::string trace;
    std::uint64_t trace_records = 0;  // 0: one per packet that will be sent, if that is known
    std::string json;
    bool digest = true;    // make the messages again after sending, to digest their book
    double stalls_us = 0;  // 0: no stall log
    double heartbeat_s = 1.0;
    std::uint8_t ttl = 1;
    bool loop = false;
    bool packet_socket = false;  // --transmit packet
    std::string device;          // a character device that takes frames, instead of an interface

    [[nodiscard]] bool writes_file() const noexcept {
        return !write_itch.empty() || !write_pcap.empty();
    }
    [[nodiscard]] bool has_servers() const noexcept { return rerequest || snapshot; }
    [[nodiscard]] bool has_lines() const noexcept {
        return !line_b.empty() || !impairments.empty();
    }
    // The most packets that each feed sends; kUnbounded if only a signal or the file ends it.
    [[nodiscard]] std::uint64_t packets_bound() const noexcept;
    [[nodiscard]] std::uint64_t messages_bound() const noexcept;
};

// A program that sends feeds by other means than the kernel's sockets.
struct OtherProgram {
    std::string name, about;                      // about: what --help begins with
    std::string before_options;                   // in its usage line
    std::string interface_help;                   // --interface may then be left out
    std::function<void(CLI::App& app)> add_more;  // options of its own
};

// The options of feedsim without those that are about sockets (--transmit, --loop).
[[nodiscard]] std::optional<Options> parse_options_of(const OtherProgram& program, int argc,
                                                      const char* const* argv);

// Returns nothing if --help or --version was asked for and printed. Throws program::UsageError.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace rxlab::feedsim
