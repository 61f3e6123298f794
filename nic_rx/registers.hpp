// SPDX-License-Identifier: MIT
//
// The 82574L's registers, bits and descriptors, as far as this driver uses them. Names, numbers and
// the sections beside them are those of Intel's "82574 GbE Controller Family Datasheet" (order
// number 317694, revision 3.4). Everything is little-endian, as this processor is.
#pragma once

#include <atomic>
#include <cstdint>

namespace rxlab::nic_rx {

// Between stores to memory and the store to the register that tells the chip of them. On x86 stores
// arrive in their order anyway.
inline void write_barrier() noexcept {
#if defined(__aarch64__)
    asm volatile("dmb oshst" ::: "memory");
#else
    std::atomic_thread_fence(std::memory_order_release);
#endif
}

inline constexpr std::uint16_t kVendor = 0x8086, kDevice82574L = 0x10d3;
inline constexpr std::uint32_t kRegisterBytes = 0x20000;  // BAR 0, section 10.1

// What every register of a device reads as that is not there any more (or does not answer).
inline constexpr std::uint32_t kAllOnes = 0xffff'ffff;

namespace reg {  // offsets in bytes
enum : std::uint32_t {
    CTRL = 0x00000,         // device control                                 10.2.2.1
    STATUS = 0x00008,       // device status                                  10.2.2.2
    EECD = 0x00010,         // access to the NVM                              10.2.2.3
    CTRL_EXT = 0x00018,     // more device control                            10.2.2
    MDIC = 0x00020,         // one access to a register of the PHY            10.2.2.7
    ICR = 0x000c0,          // interrupt causes; reading clears               10.2.4.1
    ITR = 0x000c4,          // interrupt throttling                           10.2.4.2
    IMC = 0x000d8,          // interrupt mask, 1 clears                       10.2.4.6
    RCTL = 0x00100,         // receive control                                10.2.5.1
    TCTL = 0x00400,         // transmit control                               10.2.6.1
    TIPG = 0x00410,         // gap between frames sent                        10.2.6.2
    EXTCNF_CTRL = 0x00f00,  // who may talk to the PHY: we or firmware        10.2.2.15, 4.5.2
    RDBAL = 0x02800,        // receive ring: where it is, 64 bits             10.2.5.5
    RDBAH = 0x02804,        // its upper half                                 10.2.5.6
    RDLEN = 0x02808,        // its size in bytes                              10.2.5.7
    RDH = 0x02810,          // head: the next descriptor the chip will fill   10.2.5.8
    RDT = 0x02818,          // tail: one after the last that it may fill      10.2.5.9
    RDTR = 0x02820,         // delay of write-back and interrupt              10.2.5.10
    RXDCTL = 0x02828,       // when descriptors are fetched and written back  10.2.5.11
    RADV = 0x0282c,         // the longest such delay                         10.2.5
    TDBAL = 0x03800,        // transmit ring, likewise                        10.2.6.4
    TDBAH = 0x03804,        // its upper half                                 10.2.6.5
    TDLEN = 0x03808,        // its size in bytes                              10.2.6.6
    TDH = 0x03810,          // head: the next descriptor the chip will send   10.2.6.7
    TDT = 0x03818,          // tail: one after the last that it will send     10.2.6.8
    TXDCTL = 0x03828,       // when descriptors are fetched and written back  10.2.6.11
    RXCSUM = 0x05000,       // checksums by the chip                          10.2.5
    RFCTL = 0x05008,        // 0: descriptors in the legacy format            10.2.5
    MTA = 0x05200,          // multicast table: 128 words of 32 bits          10.2.5.21
    RAL = 0x05400,          // 16 addresses, two words each: RAL, RAH         10.2.5.22
    RAH = 0x05404,          // the second word                                10.2.5.23
    VFTA = 0x05600,         // VLAN table: 128 words                          10.2.5
    MRQC = 0x05818,         // 0: one receive queue                           10.2.5
    GCR = 0x05b00,          // PCIe control                                   10.2.3
    // Statistics: each stays at its largest value, and is cleared by reading it      10.2.7
    CRCERRS = 0x04000,   // frames with a wrong CRC
    ALGNERRC = 0x04004,  // with a wrong alignment (10 and 100 Mbit/s)
    RXERRC = 0x0400c,    // with a symbol that the PHY could not read
    MPC = 0x04010,       // missed: no room in the chip's buffer, because the ring was full for long
    RLEC = 0x04040,      // of a wrong length
    GPRC = 0x04074,      // good frames that passed the filters
    GPTC = 0x04080,      // good frames sent
    RNBC = 0x040a0,      // found the ring full; these may still come, or be missed
    RUC = 0x040a4,       // shorter than 64 bytes
    ROC = 0x040ac,       // longer than the chip takes
};
}  // namespace reg

namespace ctrl {  // 10.2.2.1
inline constexpr std::uint32_t GIO_MASTER_DISABLE = 1U << 2, SLU = 1U << 6, RST = 1U << 26,
                               VME = 1U << 30;
}
namespace status {  // 10.2.2.2
inline constexpr std::uint32_t LU = 1U << 1, GIO_MASTER_ENABLE = 1U << 19;
[[nodiscard]] constexpr unsigned megabits(std::uint32_t status) noexcept {
    constexpr unsigned kSpeeds[]{10, 100, 1'000, 1'000};
    return kSpeeds[status >> 6 & 3U];
}
}  // namespace status
namespace mdic {  // 10.2.2.7; the 82574L's own PHY is number 1
inline constexpr std::uint32_t PHY = 1U << 21, WRITE = 1U << 26, READ = 2U << 26, READY = 1U << 28,
                               ERROR = 1U << 30;
inline constexpr unsigned kRegisterShift = 16;
}  // namespace mdic
namespace phy {  // IEEE 802.3, section 22.2.4.1
inline constexpr std::uint32_t CONTROL = 0, POWER_DOWN = 1U << 11, AUTONEGOTIATE = 1U << 12,
                               RESTART = 1U << 9;
}
inline constexpr std::uint32_t kNvmIsRead = 1U << 9;      // EECD: AUTO_RD
inline constexpr std::uint32_t kDriverLoaded = 1U << 28;  // CTRL_EXT: firmware keeps its hands off
inline constexpr std::uint32_t kMdioByDriver = 1U << 5;   // EXTCNF_CTRL
inline constexpr std::uint32_t kGcrMustBeSet = 1U << 22;  // GCR: "must be set to 1b", 4.6
inline constexpr std::uint32_t kAddressValid = 1U << 31;  // RAH
inline constexpr std::uint32_t kCauseLinkChange = 1U << 2;  // ICR
inline constexpr unsigned kMtaWords = 128, kVftaWords = 128, kAddresses = 16;

namespace rctl {  // 10.2.5.1
inline constexpr std::uint32_t EN = 1U << 1, LPE = 1U << 5, MPE = 1U << 4, BSEX = 1U << 25,
                               SECRC = 1U << 26;
inline constexpr unsigned kBufferSizeShift = 16;
}  // namespace rctl
namespace tctl {  // 10.2.6.1: pad short frames; collision threshold and distance as advised there
inline constexpr std::uint32_t EN = 1U << 1, PSP = 1U << 3, COLLISIONS = 0xfU << 4 | 0x3fU << 12;
}
inline constexpr std::uint32_t kTipg = 8U | 8U << 10 | 6U << 20;  // IPGT, IPGR1, IPGR2: 10.2.6.2
// RXDCTL, TXDCTL: thresholds count descriptors, and each is written back at once. TXDCTL's bit 22
// "must be set to 1b".
inline constexpr std::uint32_t kRxdctl = 1U << 24 | 1U << 16, kTxdctl = kRxdctl | 1U << 22;

// Receive descriptor, legacy format: section 7.1.4. We write `buffer`, the chip reads it; the chip
// writes `written` back in one piece, and leaves `buffer` as it is. The fields of `written`, from
// its lowest bit: length (16), checksum (16), status (8), errors (8), special (16).
struct RxDescriptor {
    std::uint64_t buffer;
    std::uint64_t written;
};
static_assert(sizeof(RxDescriptor) == 16);

namespace rxd {
inline constexpr std::uint64_t DD = 1ULL << 32;         // status: descriptor done
inline constexpr std::uint64_t EOP = 1ULL << 33;        // status: end of packet
inline constexpr std::uint64_t VP = 1ULL << 35;         // status: a VLAN tag was taken off
inline constexpr std::uint64_t ERRORS = 0x97ULL << 40;  // RXE, CXE, SEQ, SE, CE; not of checksums
inline constexpr unsigned kSpecialShift = 48;           // the tag: priority (4 bits), VLAN id (12)
inline constexpr std::uint64_t kVlanId = 0xfffULL << kSpecialShift;
[[nodiscard]] constexpr std::uint16_t length(std::uint64_t written) noexcept {
    return static_cast<std::uint16_t>(written);
}
}  // namespace rxd

// Transmit descriptor, legacy format: section 7.2.10.1.
struct TxDescriptor {
    std::uint64_t buffer;
    std::uint64_t command;  // length (16), CSO (8), command (8), status (4 of 8), CSS (8), special
};
static_assert(sizeof(TxDescriptor) == 16);

namespace txd {
inline constexpr std::uint64_t EOP = 1ULL << 24;   // the whole frame is in this buffer
inline constexpr std::uint64_t IFCS = 1ULL << 25;  // the chip appends the CRC
inline constexpr std::uint64_t RS = 1ULL << 27;    // report status: set DD when it is sent
inline constexpr std::uint64_t DD = 1ULL << 32;
}  // namespace txd

}  // namespace rxlab::nic_rx
