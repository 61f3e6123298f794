// SPDX-License-Identifier: MIT
//
// Captures and frames packed by hand, byte for byte after the formats' specifications, so that the
// reader is not tested against our own writers:
// https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/ and -pcapng/.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>

namespace rxlab::capture::test {

using Blob = std::string;

inline Blob big(std::uint64_t value, int bytes) {
    Blob blob;
    for (int i = bytes - 1; i >= 0; --i)
        blob += i < 8 ? static_cast<char>(value >> (8 * i) & 0xff) : char{0};
    return blob;
}
inline Blob little(std::uint64_t value, int bytes) {
    const Blob blob = big(value, bytes);
    return {blob.rbegin(), blob.rend()};
}

enum class Order { little, big };
inline Blob number(Order order, std::uint64_t value, int bytes) {
    return order == Order::little ? little(value, bytes) : big(value, bytes);
}

// A pcap file's header; magic 0xa1b2c3d4: stamps in microseconds, 0xa1b23c4d: in nanoseconds.
inline Blob pcap_header(Order order, std::uint32_t magic, std::uint32_t link_type,
                        std::uint32_t snap_bytes = 65'535) {
    return number(order, magic, 4) + number(order, 2, 2) + number(order, 4, 2) + Blob(8, '\0') +
           number(order, snap_bytes, 4) + number(order, link_type, 4);
}
inline Blob pcap_record(Order order, std::uint32_t seconds, std::uint32_t fraction,
                        const Blob& frame, std::size_t wire_bytes = 0) {
    return number(order, seconds, 4) + number(order, fraction, 4) + number(order, frame.size(), 4) +
           number(order, wire_bytes == 0 ? frame.size() : wire_bytes, 4) + frame;
}

inline Blob padded(Blob blob) {
    blob.resize((blob.size() + 3) / 4 * 4);
    return blob;
}
// pcapng, in the byte order of `order`.
inline Blob pcapng_block(std::uint32_t type, const Blob& body, Order order = Order::little) {
    const Blob length = number(order, 12 + body.size(), 4);
    return number(order, type, 4) + length + body + length;
}
inline Blob pcapng_section(Order order = Order::little) {
    return pcapng_block(
        0x0a0d0d0a,
        number(order, 0x1a2b3c4d, 4) + number(order, 1, 2) + number(order, 0, 2) + Blob(8, '\xff'),
        order);
}
inline Blob pcapng_option(std::uint16_t code, const Blob& value, Order order = Order::little) {
    return number(order, code, 2) + number(order, value.size(), 2) + padded(value);
}
// `resolution`: option if_tsresol, the stamp's unit is 10^-resolution seconds.
inline Blob pcapng_interface(std::uint16_t link_type, char resolution,
                             std::uint32_t snap_bytes = 65'535, const Blob& options = {},
                             Order order = Order::little) {
    return pcapng_block(1,
                        number(order, link_type, 2) + number(order, 0, 2) +
                            number(order, snap_bytes, 4) +
                            pcapng_option(9, Blob(1, resolution), order) + options + Blob(4, '\0'),
                        order);
}
inline Blob pcapng_packet(std::uint32_t interface, std::uint64_t stamp, const Blob& frame,
                          Order order = Order::little, std::size_t wire_bytes = 0) {
    return pcapng_block(6,
                        number(order, interface, 4) + number(order, stamp >> 32, 4) +
                            number(order, stamp & 0xffff'ffff, 4) + number(order, frame.size(), 4) +
                            number(order, wire_bytes == 0 ? frame.size() : wire_bytes, 4) +
                            padded(frame),
                        order);
}

// Ethernet, the tags (0x8100 or 0x88a8 in the upper half, the VLAN in the lower), and IPv4.
inline Blob ethernet(const Blob& packet, std::initializer_list<std::uint32_t> tags = {}) {
    Blob frame = big(0x01005e010101, 6) + big(0x020000000001, 6);
    for (const std::uint32_t tag : tags)
        frame += big(tag, 4);
    return frame + big(0x0800, 2) + packet;
}
inline Blob ipv4_udp(std::uint32_t destination, std::uint16_t port, const Blob& payload) {
    const Blob udp = big(40'000, 2) + big(port, 2) + big(8 + payload.size(), 2) + big(0, 2);
    return big(0x4500, 2) + big(28 + payload.size(), 2) + big(0, 4) + big(0x4011, 2) + big(0, 2) +
           big(0x0a000001, 4) + big(destination, 4) + udp + payload;
}
inline Blob moldudp64(std::string_view session, std::uint64_t sequence,
                      std::initializer_list<std::string_view> messages) {
    Blob packet = Blob{session} + big(sequence, 8) + big(messages.size(), 2);
    for (const std::string_view message : messages)
        packet += big(message.size(), 2) + Blob{message};
    return packet;
}

// A file of its own for each test process, removed at the end.
class TemporaryFile {
  public:
    explicit TemporaryFile(const Blob& content)
        : path_{std::filesystem::temp_directory_path() /
                ("capture_test." + std::to_string(getpid()) + '.' + std::to_string(++count_))} {
        std::ofstream{path_, std::ios::binary} << content;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::filesystem::remove(path_); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    static inline int count_ = 0;
    std::filesystem::path path_;
};

}  // namespace rxlab::capture::test
