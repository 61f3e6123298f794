// SPDX-License-Identifier: MIT
#include <rxlab/wire/address.hpp>

#include <charconv>
#include <optional>
#include <stdexcept>

namespace rxlab::wire {
namespace {

// A whole decimal number without sign or leading zeros, at most `max`.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > max) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::uint32_t> parse_address(std::string_view text) {
    std::uint32_t address = 0;
    for (int i = 0; i < 4; ++i) {
        const std::size_t dot = i < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const auto octet = parse_number(text.substr(0, dot), 255);
        if (!octet) return std::nullopt;
        address = address << 8 | *octet;
        if (i < 3) text.remove_prefix(dot + 1);
    }
    return address;
}

[[noreturn]] void refuse(std::string_view text, std::string_view reason) {
    std::string message{'"'};
    message.append(text).append("\" ").append(reason);
    throw std::invalid_argument(message);
}

}  // namespace

std::array<std::byte, 6> parse_mac_address(std::string_view text) {
    constexpr std::size_t kTextBytes = 17;
    std::array<std::byte, 6> mac{};
    bool is_one = text.size() == kTextBytes;
    for (std::size_t i = 0; is_one && i < mac.size(); ++i) {
        const std::string_view digits = text.substr(i * 3, 2);
        std::uint8_t value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        is_one = error == std::errc{} && end == digits.data() + digits.size() &&
                 (i == 5 || text[i * 3 + 2] == ':');
        mac[i] = std::byte{value};
    }
    if (!is_one) refuse(text, "is not a MAC address; write it as in 02:00:5e:10:00:01");
    return mac;
}

std::uint32_t parse_ipv4_address(std::string_view text) {
    const auto address = parse_address(text);
    if (!address) refuse(text, "is not an IPv4 address; write four numbers, as in 192.168.1.10");
    return *address;
}

Ipv4Endpoint parse_ipv4_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        refuse(text, "has no port; write ADDRESS:PORT, as in 239.1.1.1:30001");
    }
    const auto address = parse_address(text.substr(0, colon));
    if (!address) {
        refuse(text,
               "does not start with an IPv4 address; write ADDRESS:PORT, as in "
               "239.1.1.1:30001");
    }
    const auto port = parse_number(text.substr(colon + 1), 65'535);
    if (!port || *port == 0) {
        refuse(text,
               "does not end with a port; write a number from 1 to 65535, as in "
               "239.1.1.1:30001");
    }
    return {*address, static_cast<std::uint16_t>(*port)};
}

Ipv4Endpoint parse_multicast_endpoint(std::string_view text) {
    const Ipv4Endpoint endpoint = parse_ipv4_endpoint(text);
    if (!is_multicast(endpoint)) {
        refuse(text,
               "is not a multicast group; use an address from 224.0.0.0 to 239.255.255.255, "
               "as in 239.1.1.1:30001");
    }
    return endpoint;
}

Ipv4Endpoint parse_server_endpoint(std::string_view text) {
    const Ipv4Endpoint endpoint = parse_ipv4_endpoint(text);
    if (is_multicast(endpoint)) refuse(text, "is a multicast group; a server has a host's address");
    return endpoint;
}

std::uint32_t parse_host_address(std::string_view text) {
    const std::uint32_t address = parse_ipv4_address(text);
    if (is_multicast(address) || address == 0 || address == 0xffffffff)
        refuse(text, "is no host's address");
    return address;
}

std::string ipv4_to_string(std::uint32_t address) {
    return std::to_string(address >> 24) + '.' + std::to_string(address >> 16 & 0xff) + '.' +
           std::to_string(address >> 8 & 0xff) + '.' + std::to_string(address & 0xff);
}

std::string to_string(const Ipv4Endpoint& endpoint) {
    return ipv4_to_string(endpoint.address) + ':' + std::to_string(endpoint.port);
}

}  // namespace rxlab::wire
