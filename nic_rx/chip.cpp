// SPDX-License-Identifier: MIT
#include "nic_rx/chip.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/wire/igmp.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace rxlab::nic_rx {
namespace {

// The memory, in this order. Descriptor rings begin at a multiple of 16 bytes (10.2.5.5), buffers
// anywhere; both are whole pages here.
constexpr std::size_t kPage = 4'096;
constexpr std::size_t kTxRingAt = 0;
constexpr std::size_t kTxBuffersAt = kPage;
constexpr std::size_t kTxBufferBytes = 2'048;
constexpr std::size_t kRxRingAt = kTxBuffersAt + Chip::kTxDescriptors * kTxBufferBytes;

constexpr std::size_t rx_buffers_at(std::size_t descriptors) noexcept {
    return kRxRingAt + (descriptors * sizeof(RxDescriptor) + kPage - 1) / kPage * kPage;
}

// RCTL.BSIZE and BSEX: 2,048 bytes are 0; with BSEX, 16,384, 8,192 and 4,096 are 1, 2 and 3.
constexpr std::uint32_t buffer_size_bits(std::uint32_t bytes) noexcept {
    if (bytes <= 2'048) return 0;
    const auto code = static_cast<std::uint32_t>(1 + std::countr_zero(16'384U / bytes));
    return rctl::BSEX | code << rctl::kBufferSizeShift;
}
static_assert(buffer_size_bits(16'384) == (rctl::BSEX | 1U << 16) &&
              buffer_size_bits(4'096) == (rctl::BSEX | 3U << 16));

}  // namespace

unsigned mta_bit(const wire::MacAddress& address) noexcept {
    return std::to_integer<unsigned>(address[4]) >> 4 | std::to_integer<unsigned>(address[5]) << 4;
}

std::size_t Chip::memory_bytes(const ChipOptions& options) noexcept {
    return rx_buffers_at(options.descriptors) +
           std::size_t{options.descriptors} * options.buffer_bytes;
}

// The order is that of section 4.6: reset, PHY and link, statistics, receive, transmit. Interrupts
// stay off.
Chip::Chip(Device& device, const DmaMemory& memory, std::span<const std::uint32_t> groups,
           const ChipOptions& options, std::string name)
    : device_{device}, memory_{memory}, descriptors_{options.descriptors}, name_{std::move(name)} {
    reset();
    device_.write(reg::CTRL_EXT, device_.read(reg::CTRL_EXT) | kDriverLoaded);
    device_.write(reg::GCR, device_.read(reg::GCR) | kGcrMustBeSet);
    wake_phy();
    device_.write(reg::CTRL, ctrl::SLU | ctrl::VME);
    count();
    counters_ = {};  // what the registers held was not ours
    set_filters(groups);
    set_up_transmit();
    set_up_receive(options);
}

Chip::~Chip() {
    if (!is_gone()) stop();
}

std::span<RxDescriptor> Chip::rx_descriptors() const noexcept {
    return {reinterpret_cast<RxDescriptor*>(memory_.bytes.data() + kRxRingAt), descriptors_};
}
std::byte* Chip::rx_buffers() const noexcept {
    return memory_.bytes.data() + rx_buffers_at(descriptors_);
}
std::uint64_t Chip::rx_buffers_iova() const noexcept {
    return memory_.iova + rx_buffers_at(descriptors_);
}

bool Chip::wait_for(std::uint32_t offset, std::uint32_t mask, std::uint32_t wanted) noexcept {
    for (int i = 0; i < 1'000; ++i) {
        if ((device_.read(offset) & mask) == wanted) return true;
        std::this_thread::sleep_for(std::chrono::microseconds{100});
    }
    return false;
}

// Section 4.6.2, and 3.1.3.10: first the chip ends its accesses to memory, or a reset may leave one
// half done. The chip then reads its NVM again.
void Chip::reset() {
    if (is_gone()) {
        throw program::RunError(fmt::format(
            "reset {}: its registers read as ones; it was removed, or sleeps: see `lspci -vv`",
            name_));
    }
    stop();
    if (!wait_for(reg::CTRL, ctrl::RST, 0) || !wait_for(reg::EECD, kNvmIsRead, kNvmIsRead)) {
        throw program::RunError(fmt::format(
            "reset {}: the reset did not end within 100 ms; see `dmesg`, or reboot", name_));
    }
}

void Chip::stop() noexcept {
    device_.write(reg::IMC, kAllOnes);
    device_.write(reg::RCTL, 0);
    device_.write(reg::TCTL, tctl::PSP);
    device_.write(reg::CTRL, device_.read(reg::CTRL) | ctrl::GIO_MASTER_DISABLE);
    (void)wait_for(reg::STATUS, status::GIO_MASTER_ENABLE, 0);
    device_.write(reg::CTRL_EXT, device_.read(reg::CTRL_EXT) & ~kDriverLoaded);
    device_.write(reg::CTRL, device_.read(reg::CTRL) | ctrl::RST);
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
    device_.write(reg::IMC, kAllOnes);  // a reset allows none, but an NVM may
    (void)device_.read(reg::ICR);
}

// The kernel's driver may have sent the PHY to sleep when it was unbound, and a reset of the MAC
// does not wake it. Section 4.5.2: firmware may be talking to it, so we ask first.
void Chip::wake_phy() {
    device_.write(reg::EXTCNF_CTRL, device_.read(reg::EXTCNF_CTRL) | kMdioByDriver);
    if (!wait_for(reg::EXTCNF_CTRL, kMdioByDriver, kMdioByDriver)) {
        throw program::RunError(
            fmt::format("wake the PHY of {}: firmware does not let go of it; reboot", name_));
    }
    const std::uint32_t at = mdic::PHY | phy::CONTROL << mdic::kRegisterShift;
    const std::uint32_t control = access_phy(at | mdic::READ) & 0xffffU;
    if ((control & phy::POWER_DOWN) != 0) {
        (void)access_phy(at | mdic::WRITE | (control & ~phy::POWER_DOWN) | phy::AUTONEGOTIATE |
                         phy::RESTART);
    }
    device_.write(reg::EXTCNF_CTRL, device_.read(reg::EXTCNF_CTRL) & ~kMdioByDriver);
}

std::uint32_t Chip::access_phy(std::uint32_t command) {
    device_.write(reg::MDIC, command);
    if (!wait_for(reg::MDIC, mdic::READY | mdic::ERROR, mdic::READY)) {
        throw program::RunError(
            fmt::format("wake the PHY of {}: it does not answer (MDIC {:#010x})", name_,
                        device_.read(reg::MDIC)));
    }
    return device_.read(reg::MDIC);
}

// The first address register holds our own; a driver before us may have filled the others, and the
// tables.
void Chip::set_filters(std::span<const std::uint32_t> groups) {
    for (unsigned i = 1; i < kAddresses; ++i)
        device_.write(reg::RAH + 8 * i, 0);
    for (unsigned word = 0; word < kVftaWords; ++word)
        device_.write(reg::VFTA + 4 * word, 0);
    std::array<std::uint32_t, kMtaWords> table{};
    const auto add = [&table](std::uint32_t group) {
        const unsigned bit = mta_bit(wire::multicast_mac(group));
        table[bit / 32] |= 1U << bit % 32;
    };
    add(wire::kAllSystems);  // IGMP queries
    std::ranges::for_each(groups, add);
    for (unsigned word = 0; word < kMtaWords; ++word)
        device_.write(reg::MTA + 4 * word, table[word]);
}

void Chip::set_ring(std::uint32_t first_register, std::size_t offset, std::size_t bytes) {
    const std::uint64_t iova = memory_.iova + offset;
    device_.write(first_register, static_cast<std::uint32_t>(iova));
    device_.write(first_register + 4, static_cast<std::uint32_t>(iova >> 32));
    device_.write(first_register + 8, static_cast<std::uint32_t>(bytes));
    device_.write(first_register + 0x10, 0);  // head
    device_.write(first_register + 0x18, 0);  // tail
}

// Section 4.6.5. We set everything that could be otherwise: some resets leave what a driver before
// us has set (QEMU 7.2's leaves all of it).
void Chip::set_up_receive(const ChipOptions& options) {
    device_.write(reg::RFCTL, 0);
    device_.write(reg::MRQC, 0);
    device_.write(reg::RXCSUM, 0);
    device_.write(reg::ITR, 0);
    device_.write(reg::RDTR, 0);
    device_.write(reg::RADV, 0);
    device_.write(reg::RXDCTL, kRxdctl);
    set_ring(reg::RDBAL, kRxRingAt, descriptors_ * sizeof(RxDescriptor));
    device_.write(reg::RCTL, rctl::EN | rctl::LPE | rctl::SECRC |
                                 buffer_size_bits(options.buffer_bytes) |
                                 (options.all_multicast ? rctl::MPE : 0));
}

// Section 4.6.6.
void Chip::set_up_transmit() {
    auto* const ring = reinterpret_cast<TxDescriptor*>(memory_.bytes.data() + kTxRingAt);
    for (std::uint32_t i = 0; i < kTxDescriptors; ++i)
        ring[i] = {memory_.iova + kTxBuffersAt + i * kTxBufferBytes, txd::DD};
    set_ring(reg::TDBAL, kTxRingAt, kTxDescriptors * sizeof(TxDescriptor));
    device_.write(reg::TXDCTL, kTxdctl);
    device_.write(reg::TIPG, kTipg);
    device_.write(reg::TCTL, tctl::EN | tctl::PSP | tctl::COLLISIONS);
}

// A descriptor may be used only if the next one is free, too: head = tail means that there is
// nothing to send, so the tail must never catch up with the head.
bool Chip::send(std::span<const std::byte> frame) noexcept {
    constexpr std::size_t kFrameBytesMax = 1'518;  // with a tag, without its CRC
    auto* const ring = reinterpret_cast<TxDescriptor*>(memory_.bytes.data() + kTxRingAt);
    const std::uint32_t after = (tx_next_ + 1) % kTxDescriptors;
    const std::atomic_ref command{ring[tx_next_].command}, its_neighbour{ring[after].command};
    if (frame.size() > kFrameBytesMax ||
        (its_neighbour.load(std::memory_order_acquire) & txd::DD) == 0)
        return false;
    std::memcpy(memory_.bytes.data() + kTxBuffersAt + tx_next_ * kTxBufferBytes, frame.data(),
                frame.size());
    command.store(frame.size() | txd::EOP | txd::IFCS | txd::RS, std::memory_order_release);
    tx_next_ = after;
    write_barrier();
    device_.write(reg::TDT, tx_next_);
    return true;
}

wire::MacAddress Chip::mac() noexcept {
    const std::uint64_t words = device_.read(reg::RAL) | std::uint64_t{device_.read(reg::RAH)}
                                                             << 32;
    wire::MacAddress address;
    std::memcpy(address.data(), &words, address.size());
    return address;
}

bool Chip::link_has_changed() noexcept {
    return (device_.read(reg::ICR) & kCauseLinkChange) != 0;
}

const ChipCounters& Chip::count() noexcept {
    const auto read = [this](std::uint32_t offset) { return std::uint64_t{device_.read(offset)}; };
    if (is_gone()) return counters_;
    counters_.missed += read(reg::MPC);
    counters_.damaged += read(reg::CRCERRS) + read(reg::ALGNERRC) + read(reg::RXERRC);
    counters_.wrong_size += read(reg::RUC) + read(reg::ROC) + read(reg::RLEC);
    counters_.ring_full += read(reg::RNBC);
    counters_.received += read(reg::GPRC);
    counters_.sent += read(reg::GPTC);
    return counters_;
}

}  // namespace rxlab::nic_rx
