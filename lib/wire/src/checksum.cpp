// SPDX-License-Identifier: MIT
#include <rxlab/wire/igmp.hpp>
#include <rxlab/wire/ipv4.hpp>
#include <rxlab/wire/udp.hpp>

#include <cassert>

namespace rxlab::wire {
namespace {

// The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit
// words. A sum of 65,535 bytes and a pseudo header stays far below 2^32.
class Checksum {
  public:
    // An odd byte at the end counts as the high half of a word, so only the last part may be odd.
    void add(std::span<const std::byte> bytes) noexcept {
        for (; bytes.size() >= 2; bytes = bytes.subspan(2))
            sum_ += overlay<be16>(bytes);
        if (!bytes.empty()) sum_ += std::to_integer<std::uint32_t>(bytes.front()) << 8;
    }
    void add(std::uint32_t value) noexcept { sum_ += (value >> 16) + (value & 0xffff); }

    [[nodiscard]] std::uint16_t finish() const noexcept {
        std::uint32_t folded = sum_;
        while (folded > 0xffff)
            folded = (folded >> 16) + (folded & 0xffff);
        return static_cast<std::uint16_t>(~folded);
    }

  private:
    std::uint32_t sum_ = 0;
};

}  // namespace

std::uint16_t ipv4_header_checksum(std::span<const std::byte> header) noexcept {
    assert(header.size() >= sizeof(Ipv4Header));
    constexpr std::size_t kField = offsetof(Ipv4Header, checksum);
    Checksum sum;
    sum.add(header.first(kField));
    sum.add(header.subspan(kField + sizeof(be16)));
    return sum.finish();
}

std::uint16_t udp_checksum(std::uint32_t source, std::uint32_t destination,
                           std::span<const std::byte> datagram) noexcept {
    assert(datagram.size() >= sizeof(UdpHeader));
    constexpr std::size_t kField = offsetof(UdpHeader, checksum);
    Checksum sum;
    sum.add(source);  // the pseudo header of RFC 768
    sum.add(destination);
    sum.add(kIpProtocolUdp);
    sum.add(static_cast<std::uint32_t>(datagram.size()));
    sum.add(datagram.first(kField));
    sum.add(datagram.subspan(kField + sizeof(be16)));
    const std::uint16_t checksum = sum.finish();
    return checksum == 0 ? 0xffff : checksum;  // 0 means none; both stand for the same sum
}

std::uint16_t igmp_checksum(std::span<const std::byte> message) noexcept {
    assert(message.size() >= sizeof(IgmpHeader));
    constexpr std::size_t kField = offsetof(IgmpHeader, checksum);
    Checksum sum;
    sum.add(message.first(kField));
    sum.add(message.subspan(kField + sizeof(be16)));
    return sum.finish();
}

}  // namespace rxlab::wire
