// SPDX-License-Identifier: MIT
//
// What may reach a receiver, good and bad: in order, ahead, late, twice, overlapping, cut short,
// empty, of another session.
#pragma once

#include "../lib/rx/packets.hpp"

#include <rxlab/rx/options.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rxlab::test {

inline constexpr std::uint64_t kUnending = 1'000;  // packets of a stream before its end

inline std::vector<Bytes> every_kind_of_packet() {
    std::vector<Bytes> packets;
    std::uint64_t next = 1;
    const auto order = [](std::uint64_t n) {
        return add_order(n, n % 2 == 0 ? 'B' : 'S', 100,
                         static_cast<std::uint32_t>(10'000 + n % 9));
    };
    for (std::uint64_t i = 0; i < kUnending; ++i) {
        switch (i % 20) {
            case 3:
                packets.push_back(heartbeat(next));
                break;
            case 5:  // a gap, what fills it, and that again
                packets.push_back(data_packet(next + 1, order(next + 1)));
                packets.push_back(data_packet(next, order(next)));
                packets.push_back(packets.back());
                next += 2;
                break;
            case 7:  // one that overlaps
                packets.push_back(data_packet(next - 1, order(next - 1), order(next)));
                next += 1;
                break;
            case 9:
                packets.push_back(data_packet(next, order(next)));
                packets.back().resize(packets.back().size() - 3);
                next += 1;
                break;
            case 11:
                packets.emplace_back(7);
                break;
            case 13:  // an unknown message, and an unknown order
                packets.push_back(data_packet(next, wire::Char{'?'}, delete_order(1u << 30)));
                next += 2;
                break;
            default:
                packets.push_back(data_packet(next, order(next), delete_order(next - 1)));
                next += 2;
        }
    }
    packets.push_back(end_of_session(next));
    return packets;
}

inline rx::Options receiving(const std::string& trace_path) {
    rx::Options options;
    options.groups = {{0xef010101, 30001}};
    options.orders = 10'000;
    options.levels = 1'000;
    options.trace_path = trace_path;
    options.exit_at_end_of_session = true;
    return options;
}

}  // namespace rxlab::test
