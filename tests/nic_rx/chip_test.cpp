// SPDX-License-Identifier: MIT
#include "nic_rx/chip.hpp"

#include "tests/nic_rx/fake_chip.hpp"

#include <rxlab/program/errors.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace rxlab::nic_rx {
namespace {

using test::FakeChip;
using test::Frame;
constexpr std::uint32_t kWanted = 0xef010203;  // 239.1.2.3

wire::MacAddress mac(std::initializer_list<unsigned> bytes) {
    wire::MacAddress address{};
    std::size_t i = 0;
    for (unsigned byte : bytes)
        address[i++] = static_cast<std::byte>(byte);
    return address;
}

Frame frame_to(const wire::MacAddress& address, std::size_t bytes = 64) {
    Frame frame(bytes);
    std::ranges::copy(address, frame.begin());
    return frame;
}

class NicChip : public ::testing::Test {
  protected:
    Chip& start(std::vector<std::uint32_t> groups = {kWanted}) {
        chip.emplace(fake, fake.memory(), groups, options, "0000:00:03.0");
        return *chip;
    }
    std::string refusal() {
        try {
            start();
        } catch (const program::RunError& error) {
            return error.what();
        }
        return "";
    }
    ChipOptions options{64, 2'048, false};
    FakeChip fake{4U << 20};
    std::optional<Chip> chip;
};

TEST(NicMulticastTable, HashesLikeTheDatasheetsExample) {
    EXPECT_EQ(mta_bit(mac({0x01, 0xaa, 0x00, 0x12, 0x34, 0x56})), 0x563U);
}

TEST_F(NicChip, LetsInItsGroupsAndQueriesAndNoOthers) {
    start();
    RxDescriptor* const ring = chip->rx_descriptors().data();
    for (std::uint64_t i = 0; i < 64; ++i)
        ring[i].buffer = chip->rx_buffers_iova() + i * 2'048;
    fake.at(reg::RDT) = 63;
    EXPECT_TRUE(fake.receive(frame_to(wire::multicast_mac(kWanted))));
    EXPECT_TRUE(fake.receive(frame_to(wire::multicast_mac(0xe0000001))))
        << "IGMP's general queries";
    EXPECT_FALSE(fake.receive(frame_to(wire::multicast_mac(kWanted + 16))));
    EXPECT_FALSE(fake.receive(frame_to(mac({0x02, 1, 2, 3, 4, 5})))) << "somebody else's";
}

TEST_F(NicChip, LetsInAllGroupsWhereItIsToldTo) {
    options.all_multicast = true;
    start();
    fake.at(reg::RDT) = 63;
    chip->rx_descriptors()[0].buffer = chip->rx_buffers_iova();
    EXPECT_TRUE(fake.receive(frame_to(wire::multicast_mac(kWanted + 16))));
}

TEST_F(NicChip, ForgetsWhatADriverBeforeItHasSet) {
    for (std::uint32_t offset :
         {std::uint32_t{reg::RFCTL}, std::uint32_t{reg::MRQC}, std::uint32_t{reg::RXCSUM},
          std::uint32_t{reg::RDTR}, std::uint32_t{reg::RADV}, std::uint32_t{reg::ITR}})
        fake.at(offset) = 0x8000;
    fake.at(reg::RAH + 8) = kAddressValid;
    fake.at(reg::MTA + 4 * 77) = kAllOnes;
    fake.at(reg::VFTA + 4 * 5) = kAllOnes;
    fake.at(reg::RDH) = fake.at(reg::RDT) = 9;
    fake.at(reg::MPC) = 1'000;
    start();
    for (std::uint32_t offset :
         {std::uint32_t{reg::RFCTL}, std::uint32_t{reg::MRQC}, std::uint32_t{reg::RXCSUM},
          std::uint32_t{reg::RDTR}, std::uint32_t{reg::RADV}, std::uint32_t{reg::ITR},
          std::uint32_t{reg::RAH} + 8, std::uint32_t{reg::MTA} + 4 * 77,
          std::uint32_t{reg::VFTA} + 4 * 5, std::uint32_t{reg::RDH}, std::uint32_t{reg::RDT}})
        EXPECT_EQ(fake.at(offset), 0U) << std::hex << offset;
    EXPECT_EQ(chip->count().missed, 0U);
}

TEST_F(NicChip, TellsTheChipHowLongABufferIs) {
    for (std::uint32_t bytes : {2'048U, 4'096U, 8'192U, 16'384U}) {
        options.buffer_bytes = bytes;
        chip.reset();
        start();
        EXPECT_EQ(fake.buffer_bytes(), bytes);
        EXPECT_LE(Chip::memory_bytes(options), 4U << 20);
    }
}

TEST_F(NicChip, ReadsItsAddress) {
    EXPECT_EQ(start().mac(), mac({0x02, 0x11, 0x22, 0x33, 0x44, 0x55}));
}

TEST_F(NicChip, AddsUpStatisticsThatReadingClears) {
    start();
    fake.at(reg::MPC) = 7;
    fake.at(reg::CRCERRS) = 1;
    fake.at(reg::RXERRC) = 2;
    EXPECT_EQ(chip->count().missed, 7U);
    fake.at(reg::MPC) = 5;
    EXPECT_EQ(chip->count().missed, 12U);
    EXPECT_EQ(chip->count().damaged, 3U);
}

TEST_F(NicChip, TakesNoStatisticsFromADeviceThatIsGone) {
    start();
    fake.at(reg::MPC) = 7;
    EXPECT_EQ(chip->count().missed, 7U);
    fake.gone = true;
    EXPECT_TRUE(chip->is_gone());
    EXPECT_EQ(chip->count().missed, 7U);
}

TEST_F(NicChip, SendsFramesAndWaitsForRoom) {
    start();
    const Frame frame = frame_to(wire::multicast_mac(kWanted), 70);
    for (std::uint32_t i = 0; i < 3 * Chip::kTxDescriptors; ++i)
        ASSERT_TRUE(chip->send(frame));
    ASSERT_EQ(fake.sent.size(), 3 * Chip::kTxDescriptors);
    EXPECT_EQ(fake.sent.back(), frame);
    EXPECT_FALSE(chip->send(Frame(1'519)));
    fake.at(reg::TCTL) = 0;  // nothing leaves
    std::uint32_t taken = 0;
    while (taken < 100 && chip->send(frame))
        ++taken;
    EXPECT_EQ(taken, Chip::kTxDescriptors - 1) << "full, and head is not tail";
}

TEST_F(NicChip, WakesThePhyThatTheKernelSentToSleep) {
    start();
    EXPECT_EQ(fake.phy_restarts, 0) << "a link that is there stays";
    chip.reset();
    fake.phy_control |= phy::POWER_DOWN;
    start();
    EXPECT_EQ(fake.phy_control & phy::POWER_DOWN, 0U);
    EXPECT_EQ(fake.phy_restarts, 1);
    EXPECT_EQ(fake.at(reg::EXTCNF_CTRL) & kMdioByDriver, 0U) << "given back";
}

TEST_F(NicChip, StopsTheChipAndResetsItAtTheEnd) {
    start();
    EXPECT_NE(fake.at(reg::CTRL_EXT) & kDriverLoaded, 0U);
    const int before = fake.resets;
    chip.reset();
    EXPECT_EQ(fake.resets, before + 1);
    EXPECT_EQ(fake.at(reg::RCTL), 0U);
    EXPECT_EQ(fake.at(reg::TCTL) & tctl::EN, 0U);
    EXPECT_EQ(fake.at(reg::CTRL_EXT) & kDriverLoaded, 0U);
}

TEST_F(NicChip, SaysWhatTheChipRefuses) {
    fake.gone = true;
    EXPECT_NE(refusal().find("reset 0000:00:03.0: its registers read as ones"), std::string::npos);
    fake.gone = false;
    fake.reset_ends = false;
    EXPECT_NE(refusal().find("the reset did not end within 100 ms"), std::string::npos);
    fake.reset_ends = true;
    fake.firmware_keeps_phy = true;
    EXPECT_NE(refusal().find("firmware does not let go of it"), std::string::npos);
    fake.firmware_keeps_phy = false;
    fake.answers_mdic = false;
    EXPECT_NE(refusal().find("it does not answer"), std::string::npos);
}

}  // namespace
}  // namespace rxlab::nic_rx
