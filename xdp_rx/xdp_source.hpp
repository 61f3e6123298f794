// SPDX-License-Identifier: MIT
//
// A PacketSource over AF_XDP sockets: one for each queue of an interface, because a card spreads
// feeds over its queues as it likes, asked in turn by one thread. The kernel is the member of the
// groups (lib/link's Membership) and, because the XDP program lets everything pass that is not a
// datagram of theirs, it sees IGMP queries and answers them.
// Ownership: sockets, program, membership. Threading: one thread.
#pragma once

#include "xdp_rx/redirect.hpp"
#include "xdp_rx/xsk.hpp"

#include <rxlab/link/membership.hpp>
#include <rxlab/rx/frame_reader.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/summary.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::xdp_rx {

struct XdpOptions {
    XskOptions xsk;  // frame_bytes is chosen by the interface's MTU
    Hook hook = Hook::any;
    std::vector<unsigned> queues;  // empty: all that the interface has
    double link_wait_s = 5;
};

// Of an interface, as `ethtool -l` shows it; 1 where the driver does not tell.
[[nodiscard]] unsigned receive_queues_of(const std::string& interface);

class XdpSource {
  public:
    // Joins the groups and attaches the XDP program: from now on frames come. Throws
    // program::UsageError or program::RunError.
    XdpSource(std::span<const rx::Line> lines, const std::string& interface,
              const XdpOptions& options);
    XdpSource(const XdpSource&) = delete;
    XdpSource& operator=(const XdpSource&) = delete;

    // Never blocks.
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool failed() const noexcept { return is_deaf_ || membership_.failed(); }
    // Of the first queue: for what is sent.
    [[nodiscard]] Xsk& socket() noexcept { return *sockets_.front(); }
    // The program or the interface is not there any more.
    [[nodiscard]] bool is_gone() const noexcept { return is_deaf_ || membership_.is_gone(); }
    [[nodiscard]] std::string failure() const;
    [[nodiscard]] const std::string& interface() const noexcept { return membership_.interface(); }
    // Frames for us that found no room; nothing where the kernel does not count them.
    [[nodiscard]] std::optional<std::uint64_t> drops() const noexcept;
    [[nodiscard]] rx::SourceReport report() const;

  private:
    void check_hook(const XdpOptions& options) const;
    [[nodiscard]] std::size_t take_from(Xsk& socket, std::span<rx::PacketView> batch) noexcept;
    void look() noexcept;

    // Polls that found nothing between two looks at link and program: some milliseconds.
    static constexpr std::uint32_t kPollsPerLook = 32'768;

    link::Membership membership_;
    std::optional<Redirect> redirect_;
    std::vector<std::unique_ptr<Xsk>> sockets_;
    std::size_t next_ = 0;  // the socket after the one that was asked last
    rx::FrameReader reader_;
    // What was taken from the socket that was asked last, and how much of it was read.
    std::array<std::span<const std::byte>, rx::kBatchPackets> frames_{};
    std::size_t taken_ = 0, read_ = 0;
    std::uint32_t polls_until_look_ = kPollsPerLook;
    bool is_deaf_ = false;  // the program is not on the interface any more
};

static_assert(rx::PacketSource<XdpSource>);

}  // namespace rxlab::xdp_rx
