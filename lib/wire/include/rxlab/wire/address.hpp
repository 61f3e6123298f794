// SPDX-License-Identifier: MIT
//
// IPv4 addresses and endpoints as people write them: "239.1.1.1:30001". All numbers are in host
// order. Threading: everything here is stateless.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rxlab::wire {

struct Ipv4Endpoint {
    std::uint32_t address = 0;
    std::uint16_t port = 0;

    friend auto operator<=>(const Ipv4Endpoint&, const Ipv4Endpoint&) = default;
};

// 224.0.0.0 to 239.255.255.255 (RFC 5771).
[[nodiscard]] constexpr bool is_multicast(std::uint32_t address) noexcept {
    return address >> 28 == 0xe;
}
[[nodiscard]] constexpr bool is_multicast(const Ipv4Endpoint& endpoint) noexcept {
    return is_multicast(endpoint.address);
}

// Four decimal numbers from 0 to 255 with dots between them: no leading zeros (which some read as
// octal), no shorter forms, no names. Throws std::invalid_argument that quotes `text` and says what
// is expected.
[[nodiscard]] std::uint32_t parse_ipv4_address(std::string_view text);

// ADDRESS:PORT, port 1 to 65535. Throws as above.
[[nodiscard]] Ipv4Endpoint parse_ipv4_endpoint(std::string_view text);

// The same for a multicast group; any other address is refused.
[[nodiscard]] Ipv4Endpoint parse_multicast_endpoint(std::string_view text);

// And for a server; a multicast group is refused.
[[nodiscard]] Ipv4Endpoint parse_server_endpoint(std::string_view text);

// Who sends: no group, not 0.0.0.0, not the broadcast address.
[[nodiscard]] std::uint32_t parse_host_address(std::string_view text);

// Six bytes of two hexadecimal digits with colons between them. Throws as above.
[[nodiscard]] std::array<std::byte, 6> parse_mac_address(std::string_view text);

// "239.1.1.1" and "239.1.1.1:30001".
[[nodiscard]] std::string ipv4_to_string(std::uint32_t address);
[[nodiscard]] std::string to_string(const Ipv4Endpoint& endpoint);

}  // namespace rxlab::wire
