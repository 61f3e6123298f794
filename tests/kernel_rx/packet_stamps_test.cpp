// SPDX-License-Identifier: MIT
//
// Stamps of packets, from messages as the kernel writes them, and what an interface must say of
// itself for its stamps to be used. No card that stamps is needed; none was there.
#include "packet_stamps.hpp"

#include "hardware_stamps.hpp"

#include <rxlab/program/errors.hpp>

#include <gtest/gtest.h>

#include <cstring>

namespace rxlab::kernel_rx {
namespace {

// A message with what is added to it, one after the other.
class ControlMessage {
  public:
    ControlMessage() {
        message_.msg_control = bytes_.data();
        message_.msg_controllen = 0;
    }
    template <typename T>
    void add(int level, int type, const T& value) {
        auto* const header = reinterpret_cast<cmsghdr*>(bytes_.data() + message_.msg_controllen);
        header->cmsg_level = level;
        header->cmsg_type = type;
        header->cmsg_len = CMSG_LEN(sizeof value);
        std::memcpy(CMSG_DATA(header), &value, sizeof value);
        message_.msg_controllen += CMSG_SPACE(sizeof value);
    }
    [[nodiscard]] PacketStamps stamps() const { return stamps_of(message_); }
    [[nodiscard]] std::size_t bytes() const { return message_.msg_controllen; }

  private:
    alignas(cmsghdr) std::array<std::byte, 512> bytes_{};
    msghdr message_{};
};

TEST(PacketStamps, AreToldApart) {
    ControlMessage message;
    message.add(SOL_SOCKET, SCM_TIMESTAMPNS, timespec{5, 6});
    message.add(SOL_SOCKET, SCM_TIMESTAMPING, TimestampingStamps{{{0, 0}, {0, 0}, {7, 8}}});
    EXPECT_LE(message.bytes(), kControlBytes);
    const PacketStamps stamps = message.stamps();
    ASSERT_TRUE(stamps.kernel && stamps.nic);
    EXPECT_EQ(stamps.kernel->tv_sec, 5);
    EXPECT_EQ(stamps.kernel->tv_nsec, 6);
    EXPECT_EQ(stamps.nic->tv_sec, 7);
    EXPECT_EQ(stamps.nic->tv_nsec, 8);
}

// The first of the three is the kernel's.
TEST(PacketStamps, OnlyTheThirdOfThreeIsTheCards) {
    ControlMessage message;
    message.add(SOL_SOCKET, SCM_TIMESTAMPING, TimestampingStamps{{{1, 2}, {3, 4}, {0, 0}}});
    EXPECT_FALSE(message.stamps().nic);
    EXPECT_FALSE(message.stamps().kernel);
}

TEST(PacketStamps, OtherMessagesAreNone) {
    ControlMessage message;
    message.add(SOL_IP, SCM_TIMESTAMPNS, timespec{5, 6});
    EXPECT_FALSE(message.stamps().kernel);
    EXPECT_FALSE(ControlMessage{}.stamps().nic);
}

// What Linux drivers say of themselves: SO_TIMESTAMPING flags, PHC, filters.
ethtool_ts_info info(std::uint32_t stamps, int clock, std::uint32_t filters) {
    ethtool_ts_info info{};
    info.so_timestamping = stamps;
    info.phc_index = clock;
    info.rx_filters = filters;
    return info;
}
constexpr std::uint32_t kSoftware = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
constexpr std::uint32_t kHardware = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
constexpr std::uint32_t kAll = 1U << HWTSTAMP_FILTER_ALL;
constexpr std::uint32_t kPtp = 1U << HWTSTAMP_FILTER_PTP_V2_EVENT;

TEST(HardwareStamps, NeedACardThatStampsEveryPacketAndHasAClock) {
    EXPECT_EQ(why_no_hardware_stamps(info(kSoftware | kHardware, 0, kAll | kPtp)), "");
    EXPECT_EQ(why_no_hardware_stamps(info(kSoftware, -1, 0)), "its driver has none");
    EXPECT_EQ(why_no_hardware_stamps(info(SOF_TIMESTAMPING_RX_HARDWARE, 0, kAll)),
              "its driver has none");
    EXPECT_EQ(why_no_hardware_stamps(info(kHardware, 0, kPtp)), "it stamps PTP packets alone");
    EXPECT_EQ(why_no_hardware_stamps(info(kHardware, -1, kAll)),
              "it has no clock that can be read");
}

TEST(HardwareStamps, AreRefusedWhereThereAreNone) {
    try {
        const HardwareStamps stamps{"lo"};
        FAIL() << "the loopback interface has stamps";
    } catch (const program::UsageError& error) {
        EXPECT_NE(std::string{error.what()}.find(
                      "--hardware-timestamps: lo takes no stamps of packets: its driver has none"),
                  std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace rxlab::kernel_rx
