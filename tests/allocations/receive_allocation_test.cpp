// SPDX-License-Identifier: MIT
//
// After start-up nothing in the packet path allocates: the shared loop, kernel_rx's sockets, the
// rings of packet_rx and xdp_rx (which need root), nic_rx on a chip in memory.
#include "counted.hpp"
#include "packets.hpp"

#include <rxlab/latency/stall_log.hpp>
#include <rxlab/rx/receive.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#ifdef RXLAB_WITH_SOCKETS
#include "order_socket.hpp"
#include "sources.hpp"
#endif
#ifdef RXLAB_WITH_PACKET_RING
#include "packet_rx/order_ring.hpp"
#include "packet_rx/packet_source.hpp"
#endif
#ifdef RXLAB_WITH_XDP
#include "xdp_rx/order_socket.hpp"
#include "xdp_rx/xdp_source.hpp"
#endif
#ifdef RXLAB_WITH_NIC
#include "nic_rx/nic_source.hpp"
#include "tests/nic_rx/fake_chip.hpp"

#include <rxlab/wire/frame.hpp>
#endif

namespace rxlab::test {
namespace {

// As kernel_rx does (one packet a poll), or as dpdk_rx does (as many as there are).
struct MemorySource {
    const std::vector<Bytes>& packets;
    std::size_t per_poll;
    std::size_t next = 0;

    std::size_t poll(std::span<rx::PacketView> batch) noexcept {
        std::size_t filled = 0;
        while (filled < per_poll && next < packets.size())
            batch[filled++] = {packets[next++], 0};
        return filled;
    }
    bool failed() const noexcept { return next == packets.size(); }
};

class Receiving : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!allocations_are_counted()) GTEST_SKIP() << "skipped: a sanitizer has its own malloc";
    }
    ~Receiving() override { std::filesystem::remove(path_); }

    // Allocations while `source` is emptied.
    template <typename Source>
    std::uint64_t during(Source& source) {
        const latency::Clock clock = latency::Clock::detect();
        latency::TraceWriter trace{path_, latency::TraceKind::receiver, 500, clock};
        rx::Options options = receiving(path_);
        options.stamped = true;
        rx::Pipeline pipeline{options, clock, &trace};
        rx::Wakeup wakeup;
        latency::StallLog stalls{1};  // short, so that there are some
        stalls.begin(clock.now(), 1.0);
        rx::MetricsBoard board{1, 1};
        board.begin(1.0);
        board.ask();
        const std::uint64_t before = allocations();
        rx::receive(
            source, pipeline, wakeup, [] {}, &stalls, &board);
        const std::uint64_t after = allocations();
        EXPECT_EQ(board.answers(), 1U) << "metrics are published, too";
        packets_ = pipeline.feeds()[0].sequencer.counters().packets;
        EXPECT_GT(trace.header().overflow, 0U) << "a full trace must not grow, either";
        return after - before;
    }

    std::string path_ = std::filesystem::temp_directory_path() /
                        ("receive_allocation_test." + std::to_string(getpid()));
    std::vector<Bytes> packets_sent_ = every_kind_of_packet();
    std::uint64_t packets_ = 0;
};

TEST_F(Receiving, IsCountedByThisProgram) {
    const std::uint64_t before = allocations();
    const auto kept = std::make_unique<std::uint64_t>(before);
    EXPECT_EQ(allocations() - before, 1U) << *kept;
}

TEST_F(Receiving, OnePacketAPollAllocatesNothing) {
    MemorySource source{packets_sent_, 1};
    EXPECT_EQ(during(source), 0U);
    EXPECT_GT(packets_, kUnending / 2);
}

TEST_F(Receiving, BurstsAllocateNothing) {
    MemorySource source{packets_sent_, rx::kBatchPackets};
    EXPECT_EQ(during(source), 0U);
    EXPECT_GT(packets_, kUnending / 2);
}

// Packets in their place, each of which is answered; some cross a level.
class Responding : public Receiving {
  protected:
    Responding() {
        packets_sent_.clear();
        for (std::uint64_t n = 1; n <= kUnending; ++n) {
            const auto price = static_cast<std::uint32_t>(10'000 + n % 3);
            packets_sent_.push_back(n % 2 == 1 ? data_packet(n, add_order(n, 'B', 100, price))
                                               : data_packet(n, delete_order(n - 1)));
        }
    }
    // Allocations while all of them are answered through `port`, and orders that left.
    std::uint64_t during(rx::OrderPort& port) {
        const latency::Clock clock = latency::Clock::detect();
        rx::Options options = receiving(path_);
        options.respond = {{INADDR_LOOPBACK, 9}};
        options.respond_when = {order::parse_trigger("every:1"),
                                order::parse_trigger("bid>=1.0001:RXLB")};
        rx::Pipeline pipeline{options, clock, nullptr};
        pipeline.responder()->send_through(&port);
        MemorySource source{packets_sent_, 1};
        rx::Wakeup wakeup;
        pipeline.begin(1.0);
        const std::uint64_t before = allocations();
        rx::receive(source, pipeline, wakeup, [] {});
        const std::uint64_t after = allocations();
        orders_ = pipeline.responder()->counters().orders;
        return after - before;
    }

    std::uint64_t orders_ = 0;
};

TEST_F(Responding, DecidingAllocatesNothing) {
    struct : rx::OrderPort {
        bool send(std::span<const std::byte>) noexcept override { return true; }
    } port;
    EXPECT_EQ(during(port), 0U);
    EXPECT_GT(orders_, kUnending + 100);
}

// Loopback frames have no MAC addresses.
[[maybe_unused]] wire::UdpFrame loopback_route() {
    wire::UdpFrame route;
    route.source = route.destination = INADDR_LOOPBACK;
    route.destination_port = 9;
    return route;
}

#ifdef RXLAB_WITH_SOCKETS
TEST_F(Responding, ThroughASocketAllocatesNothing) {
    kernel_rx::OrderSocket port{{INADDR_LOOPBACK, 9}};
    EXPECT_EQ(during(port), 0U);
    EXPECT_GT(orders_, kUnending);
}
#endif
#ifdef RXLAB_WITH_PACKET_RING
TEST_F(Responding, ThroughATransmitRingAllocatesNothing) {
    std::optional<packet_rx::OrderRing> port;
    try {
        port.emplace("lo", loopback_route());
    } catch (const std::exception& error) {
        if (geteuid() == 0) throw;
        GTEST_SKIP() << "skipped: needs root: " << error.what();
    }
    EXPECT_EQ(during(*port), 0U);
    EXPECT_GT(orders_, kUnending);
}
#endif
#ifdef RXLAB_WITH_XDP
TEST_F(Responding, ThroughAnXdpSocketAllocatesNothing) {
    xdp_rx::XskOptions options;
    options.transmit_frames = xdp_rx::kTransmitFrames;
    std::optional<xdp_rx::Xsk> socket;
    try {
        socket.emplace("lo", 1, 0, options, true);
    } catch (const std::exception& error) {
        if (geteuid() == 0) throw;
        GTEST_SKIP() << "skipped: needs root: " << error.what();
    }
    xdp_rx::OrderSocket port{*socket, loopback_route()};
    EXPECT_EQ(during(port), 0U);
    EXPECT_GT(orders_, kUnending);
}
#endif

// Sends each packet to the group on the loopback interface just before it is received.
template <typename Source>
class LoopbackFeed {
  public:
    LoopbackFeed(Source& source, const std::vector<Bytes>& packets, const wire::Ipv4Endpoint& group)
        : source_{source}, packets_{packets}, fd_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
        const in_addr loopback{htonl(INADDR_LOOPBACK)};
        setsockopt(fd_.get(), IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);
        to_.sin_family = AF_INET;
        to_.sin_port = htons(group.port);
        to_.sin_addr.s_addr = htonl(group.address);
    }

    std::size_t poll(std::span<rx::PacketView> batch) noexcept {
        if (next_ == packets_.size()) return 0;
        const Bytes& packet = packets_[next_++];
        if (sendto(fd_.get(), packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&to_),
                   sizeof to_) < 0)
            return 0;
        return source_.poll(batch);
    }
    bool failed() const noexcept { return next_ == packets_.size(); }

  private:
    Source& source_;
    const std::vector<Bytes>& packets_;
    program::Descriptor fd_;
    sockaddr_in to_{};
    std::size_t next_ = 0;
};

// A port for each process, because tests beside this one send to the same group.
const wire::Ipv4Endpoint kGroup{0xefff7f01, static_cast<std::uint16_t>(20'000 + getpid() % 40'000)};
const std::vector<rx::Line> kLine{{kGroup, {}}};

#ifdef RXLAB_WITH_SOCKETS
class ReceivingThroughSockets : public Receiving,
                                public ::testing::WithParamInterface<kernel_rx::Mode> {};
INSTANTIATE_TEST_SUITE_P(Modes, ReceivingThroughSockets,
                         ::testing::Values(kernel_rx::Mode::block, kernel_rx::Mode::spin,
                                           kernel_rx::Mode::epoll, kernel_rx::Mode::busy_poll,
                                           kernel_rx::Mode::recvmmsg, kernel_rx::Mode::io_uring));

TEST_P(ReceivingThroughSockets, AllocatesNothing) {
    kernel_rx::SocketOptions options;
    options.mode = GetParam();
    options.kernel_timestamps = true;
    options.uring.buffers = 1;  // they run out
    if (options.mode == kernel_rx::Mode::busy_poll) options.busy_poll.us_max = 1;
    const auto run = [&]<typename Source>(std::type_identity<Source>) {
        Source sockets{kLine, "lo", options};
        LoopbackFeed source{sockets, packets_sent_, kGroup};
        EXPECT_EQ(during(source), 0U);
    };
    try {
        kernel_rx::with_source_of(options, kLine.size(), run);
    } catch (const std::exception& error) {
        GTEST_SKIP() << "skipped: cannot listen on the loopback interface: " << error.what();
    }
    EXPECT_GT(packets_, kUnending / 2);
}
#endif

#ifdef RXLAB_WITH_PACKET_RING
class RingsAllocateNothing : public Receiving, public ::testing::WithParamInterface<bool> {};

TEST_P(RingsAllocateNothing, SlotsAndBlocks) {
    packet_rx::RingOptions options;
    options.by_blocks = GetParam();
    std::optional<packet_rx::SingleSource> ring;
    try {
        ring.emplace(kLine, "lo", options, 0);
    } catch (const std::exception& error) {
        if (geteuid() == 0) throw;
        GTEST_SKIP() << "skipped: needs root: " << error.what();
    }
    LoopbackFeed source{*ring, packets_sent_, kGroup};
    EXPECT_EQ(during(source), 0U);
    // What a block holds when the last packet has been sent is not handed over yet.
    EXPECT_GT(packets_, GetParam() ? 0U : kUnending / 2);
}
INSTANTIATE_TEST_SUITE_P(Both, RingsAllocateNothing, ::testing::Bool());
#endif

#ifdef RXLAB_WITH_XDP
TEST_F(Receiving, XdpAllocatesNothing) {
    xdp_rx::XdpOptions options;
    options.hook = xdp_rx::Hook::generic;
    std::optional<xdp_rx::XdpSource> xdp;
    try {
        xdp.emplace(kLine, "lo", options);
    } catch (const std::exception& error) {
        if (geteuid() == 0) throw;
        GTEST_SKIP() << "skipped: needs root: " << error.what();
    }
    LoopbackFeed source{*xdp, packets_sent_, kGroup};
    EXPECT_EQ(during(source), 0U);
    EXPECT_GT(packets_, kUnending / 2);
}
#endif

#ifdef RXLAB_WITH_NIC
// The chip writes each frame into the ring just before it is received.
struct ChipFeed {
    nic_rx::test::FakeChip& chip;
    nic_rx::NicSource& source;
    const std::vector<Bytes>& frames;
    std::size_t next = 0;

    std::size_t poll(std::span<rx::PacketView> batch) noexcept {
        if (next == frames.size()) return 0;
        const Bytes& frame = frames[next++];
        chip.write_back(frame, frame.size() | nic_rx::rxd::DD | nic_rx::rxd::EOP);
        return source.poll(batch);
    }
    bool failed() const noexcept { return next == frames.size(); }
};

TEST_F(Receiving, OurOwnDriverAllocatesNothing) {
    std::vector<Bytes> frames;
    for (const Bytes& packet : packets_sent_) {
        Bytes memory(packet.size() + wire::kUdpFrameHeaderBytesMax);
        wire::UdpFrame fields;
        fields.destination = kGroup.address;
        fields.destination_port = kGroup.port;
        const auto frame = wire::build_udp_frame(memory, fields, packet);
        frames.emplace_back(frame.begin(), frame.end());
    }
    nic_rx::NicOptions options;
    options.chip.descriptors = 64;
    nic_rx::test::FakeChip chip{nic_rx::Chip::memory_bytes(options.chip)};
    nic_rx::NicSource nic{chip, chip.memory(), "0000:00:03.0", kLine, options};
    ChipFeed source{chip, nic, frames};
    EXPECT_EQ(during(source), 0U);
    EXPECT_GT(packets_, kUnending / 2);
}
#endif

}  // namespace
}  // namespace rxlab::test
