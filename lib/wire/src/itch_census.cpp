// SPDX-License-Identifier: MIT
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/itch_census.hpp>

#include <string_view>

namespace rxlab::wire {
namespace {

// SoupBinTCP 3.00: sequenced and unsequenced data carry a message; '+' is a comment for people.
constexpr std::string_view kSoupData = "SU";
constexpr std::string_view kSoupOthers = "HZAJLRO+";

bool is_soup_data(std::span<const std::byte> packet) noexcept {
    if (packet.size() < 2 || kSoupData.find(static_cast<char>(packet[0])) == std::string_view::npos)
        return false;
    // An S of ITCH (12 bytes) with fields added would have a stock locate there, which is 0.
    return itch::message_length(static_cast<char>(packet[1])) == packet.size() - 1;
}

bool is_soup_other(std::span<const std::byte> packet) noexcept {
    return packet.size() == 1 &&
           kSoupOthers.find(static_cast<char>(packet[0])) != std::string_view::npos;
}

}  // namespace

void ItchCensus::count(std::span<const std::byte> message) noexcept {
    ++messages;
    const std::size_t length =
        message.empty() ? 0 : itch::message_length(static_cast<char>(message[0]));
    if (length != 0 && message.size() == length) return;
    if (is_soup_data(message)) {
        ++soup_packets;
    } else if (is_soup_other(message)) {
        ++soup_others;
    } else if (length == 0) {
        ++unknown;
    } else {
        ++(message.size() > length ? longer : shorter);
    }
}

std::string ItchCensus::complaint() const {
    const auto of = [&](std::uint64_t count) {
        return std::to_string(count) + " of " + std::to_string(messages) + " messages ";
    };
    if (soup_packets > exact()) {
        return of(soup_packets) +
               "are SoupBinTCP packets, each with its type before the message: the file holds a "
               "session, not messages; take the type off each, and leave out what is not S or U";
    }
    std::string list;
    const auto add = [&](std::uint64_t count, const char* what) {
        if (count != 0) list += (list.empty() ? "" : ", ") + of(count) + what;
    };
    add(longer, "are longer than ITCH 5.0 says (fields added at their end, which are not read)");
    add(shorter, "are shorter than ITCH 5.0 says");
    add(unknown + soup_packets + soup_others, "are of no type of ITCH 5.0");
    return list;
}

}  // namespace rxlab::wire
