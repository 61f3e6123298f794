// SPDX-License-Identifier: MIT
//
// A capture's feeds, to be sent again. The whole capture is read into memory first, so that no
// packet waits for a disk; it takes as much memory as the capture is large. Data packets are kept
// as they were recorded, including duplicates; heartbeats and ends of session are not, because the
// sender makes its own. Datagrams that are not MoldUDP64 are left out, and so are those that the
// recorder cut short; remarks() tells. Ownership: RecordedStreams share the recording. Threading:
// several threads may read it.
#pragma once

#include "feedsim/market/packet_stream.hpp"

#include <rxlab/wire/address.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::feedsim {

struct RecordedPacket {
    std::size_t offset;
    std::uint32_t bytes;
    std::uint64_t time_ns;        // after the first data packet of all feeds; never decreases
    std::uint64_t next_sequence;  // one past the highest number of its session so far
};

// Which packets of a capture to take.
struct RecordingChoice {
    std::vector<wire::Ipv4Endpoint> groups;  // where the feeds went
    std::optional<std::uint16_t> vlan;       // none: any, as long as a group keeps to one
    bool tap_time = false;                   // go by the stamps of a tap, if frames carry them
    std::uint64_t packets_max = 0;           // the most for each group
};

class Recording {
  public:
    // Throws program::RunError if the capture cannot be read (to its end), contains no data packet
    // of one of the groups, or has a group in several VLANs while none is chosen.
    Recording(const std::string& path, const RecordingChoice& choice);

    [[nodiscard]] std::span<const RecordedPacket> packets(std::size_t feed) const noexcept {
        return feeds_[feed];
    }
    [[nodiscard]] std::span<const std::byte> payload(const RecordedPacket& packet) const noexcept {
        return std::span{memory_}.subspan(packet.offset, packet.bytes);
    }
    // When each packet of a feed is due, in nanoseconds: recorded times divided by `factor`.
    [[nodiscard]] std::vector<std::uint64_t> due_ns(std::size_t feed, double factor) const;

    // One sentence each: what was left out, and what else to know about the capture.
    [[nodiscard]] const std::vector<std::string>& remarks() const noexcept { return remarks_; }

  private:
    void keep(std::size_t feed, std::span<const std::byte> payload, std::uint64_t time_ns);

    std::vector<std::byte> memory_;
    std::vector<std::vector<RecordedPacket>> feeds_;
    std::vector<std::string> remarks_;
};

class RecordedStream final : public PacketStream {
  public:
    RecordedStream(std::shared_ptr<const Recording> recording, std::size_t feed) noexcept;

    // Keeps the recorded timestamps: `stamp_ns` is not used.
    [[nodiscard]] FeedPacket next(std::optional<std::uint64_t> stamp_ns) noexcept override;
    [[nodiscard]] const wire::mold::Session& session() const noexcept override;
    [[nodiscard]] std::uint64_t first_sequence() const noexcept override;
    [[nodiscard]] std::string failure() const override { return {}; }

  private:
    [[nodiscard]] const wire::mold::Header& header(std::size_t index) const noexcept;

    std::shared_ptr<const Recording> recording_;
    std::span<const RecordedPacket> packets_;
    std::size_t given_ = 0;
    bool over_ = false;
};

}  // namespace rxlab::feedsim
