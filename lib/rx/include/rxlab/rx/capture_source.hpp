// SPDX-License-Identifier: MIT
//
// A capture as a source of packets: they go through the same pipeline as received ones. Time is the
// capture's (virtual time, in nanoseconds since 1970 UTC): a packet's t_rx is when it was recorded,
// or when a tap saw it, waits last as long as they did then, and a run gives the same on every
// machine. t_book is t_rx: what the work takes is not measured. Where stamps run backwards, time
// stands still, and that is counted.
// Ownership: the open file. Threading: one thread.
#pragma once

#include <rxlab/capture/frame_content.hpp>
#include <rxlab/capture/reader.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/policy.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::rx {

// What only makes sense with --read-pcap.
struct CaptureOptions {
    std::optional<std::uint16_t> vlan;  // take only its frames; 0: untagged ones; none: all
    bool tap_time = false;  // time is that of the stamps of a tap, where frames carry them
};

class CaptureSource {
  public:
    // Throws program::RunError.
    CaptureSource(const std::string& path, std::span<const Line> lines,
                  const CaptureOptions& options = {});

    // At most one packet, so that each has its own t_rx. Also returns 0 after a number of frames
    // that are for none of the groups, so that signals are noticed.
    std::size_t poll(std::span<PacketView> batch) noexcept;
    // At the end, too: nothing comes any more.
    [[nodiscard]] bool failed() const noexcept { return ended_; }
    // Empty at the end; else why the file cannot be read on.
    [[nodiscard]] std::string failure() const {
        return failure_.empty() ? reader_.failure() : failure_;
    }
    [[nodiscard]] const std::string& interface() const noexcept { return reader_.name(); }
    [[nodiscard]] std::uint64_t drops() const noexcept { return 0; }
    [[nodiscard]] SourceReport report() const;

  private:
    struct Group {
        Line line;
        std::optional<std::uint16_t> vlan;  // of its first datagram, where none is chosen
        std::uint64_t cut_datagrams = 0;
    };

    void take(const capture::Frame& frame) noexcept;
    // The group that a datagram is for; null, and counted, where it is for none.
    [[nodiscard]] Group* group_of(const wire::UdpDatagram& datagram) noexcept;
    void keep_time(const capture::Frame& frame, const capture::TapStamp& tap) noexcept;

    capture::Reader reader_;
    std::vector<Group> groups_;  // ascending
    CaptureOptions options_;
    bool ended_ = false;
    std::string failure_;
    // What is left of the frame that was taken last.
    bool has_left_ = false;
    std::span<const std::byte> left_;
    std::size_t segment_bytes_ = 0;
    PacketView packet_;
    capture::Tally tally_;
    std::uint64_t other_groups_ = 0;
    std::uint64_t other_vlan_ = 0;
    std::uint64_t other_sources_ = 0;
    std::uint64_t cut_messages_ = 0;
    std::uint64_t time_went_back_ = 0;
    std::uint64_t without_tap_stamp_ = 0;
    bool has_time_ = false;
    std::uint64_t first_ns_ = 0;
    std::uint64_t last_ns_ = 0;  // the latest so far
};

static_assert(PacketSource<CaptureSource>);

// --time recorder|tap. After add_options(); what is parsed goes to `capture`, which must outlive
// `app`.
void add_time_option(CLI::App& app, CaptureOptions& capture);

// What every receiver does with --read-pcap: nothing of its own, so that all give the same. Runs
// the capture through the pipeline as feeds of options.groups; without groups, lists what the
// capture holds instead (schema rxlab.capture/2, docs/contracts.md). Returns the exit status.
// Throws what run_receiver() throws; program::RunError also where a group comes in several VLANs
// and none is chosen.
int read_capture(const std::string& program, const Options& options, const MakePolicy& make_policy,
                 const CaptureOptions& capture);

}  // namespace rxlab::rx
