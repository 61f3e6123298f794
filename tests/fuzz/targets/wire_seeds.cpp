// SPDX-License-Identifier: MIT
#include "seeds.hpp"

#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/glimpse.hpp>
#include <rxlab/wire/igmp.hpp>
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/moldudp64.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <random>

namespace rxlab::fuzz {
namespace {

namespace itch = wire::itch;
namespace mold = wire::mold;

constexpr std::uint32_t kGroup = 0xef010101;

template <wire::WireStruct T>
Seed seed_of(const T& value) {
    const auto bytes = wire::bytes_of(value);
    return {bytes.begin(), bytes.end()};
}

itch::AddOrder add(std::uint64_t reference, char side, std::uint32_t shares, std::uint32_t price) {
    itch::AddOrder message;
    message.header.stock_locate = 1;
    message.order_reference = reference;
    message.side = wire::Char{side};
    message.shares = shares;
    message.stock = "RXLAB";
    message.price = price;
    return message;
}

// Two orders, and all that can happen to them.
std::vector<Seed> short_day() {
    std::vector<Seed> day{seed_of(add(1, itch::kBuy, 300, 1'000'000)),
                          seed_of(add(2, itch::kSell, 200, 1'000'100))};
    itch::OrderExecuted executed;
    executed.header.stock_locate = 1;
    executed.order_reference = 1;
    executed.executed_shares = 100;
    day.push_back(seed_of(executed));
    itch::OrderExecutedPrice at_price;
    at_price.header.stock_locate = 1;
    at_price.order_reference = 1;
    at_price.executed_shares = 50;
    day.push_back(seed_of(at_price));
    itch::OrderCancel cancel;
    cancel.header.stock_locate = 1;
    cancel.order_reference = 2;
    cancel.cancelled_shares = 50;
    day.push_back(seed_of(cancel));
    itch::OrderReplace replace;
    replace.header.stock_locate = 1;
    replace.order_reference = 2;
    replace.new_order_reference = 3;
    replace.shares = 10;
    replace.price = 1'000'200;
    day.push_back(seed_of(replace));
    itch::OrderDelete remove;
    remove.header.stock_locate = 1;
    remove.order_reference = 3;
    day.push_back(seed_of(remove));
    return day;
}

Seed packet(std::uint64_t sequence, std::span<const Seed> messages) {
    std::array<std::byte, mold::kPayloadBytesMax> memory;
    mold::PacketBuilder builder{memory, "RXLAB00001"};
    builder.start(sequence);
    for (const Seed& message : messages) {
        if (!builder.append(message)) break;
    }
    const auto bytes = builder.finish();
    return {bytes.begin(), bytes.end()};
}

Seed frame(std::span<const std::byte> payload, std::uint16_t vlan) {
    std::array<std::byte, 2'048> memory;
    wire::UdpFrame fields;
    fields.source = 0x0a000001;
    fields.destination = kGroup;
    fields.source_port = 40'000;
    fields.destination_port = 30'001;
    fields.vlan = vlan;
    const auto bytes = wire::build_udp_frame(memory, fields, payload);
    return {bytes.begin(), bytes.end()};
}

// A second tag in front of the first, as providers do.
Seed with_service_tag(const Seed& tagged) {
    Seed frame{tagged.begin(), tagged.begin() + 12};
    append(frame, wire::bytes_of(wire::be16{wire::kEtherTypeServiceVlan}));
    append(frame, wire::bytes_of(wire::be16{7}));
    frame.insert(frame.end(), tagged.begin() + 12, tagged.end());
    return frame;
}

// Steps of sequencer_fuzz.cpp, mostly in order; old, late, cut and early packets, answers, pauses,
// heartbeats, strangers and another session: what takes many packets to happen.
Seed long_day(unsigned number) {
    std::mt19937 random{number};
    const auto below = [&random](unsigned limit) {
        return static_cast<unsigned>(random() % limit);
    };
    Seed seed{static_cast<std::byte>(number % 2), std::byte{0},
              static_cast<std::byte>(31 + 32 * (number % 8))};
    const auto add = [&seed](unsigned kind, unsigned amount, int distance) {
        seed.push_back(static_cast<std::byte>(kind + 8 * amount));
        if (kind < 3 || kind == 4) seed.push_back(static_cast<std::byte>(distance));
    };
    for (int i = 0; i < 150; ++i) {
        const int back = -static_cast<int>(below(30));
        switch (below(20)) {
            case 0:
                add(0, below(16), 4 + back);
                break;
            case 1:
                add(1, below(16), 0);
                seed.push_back(static_cast<std::byte>(below(200)));
                break;
            case 2:
                add(2, below(8), back);
                break;
            case 3:
                add(3, 10 + below(19), 0);
                break;
            case 4:
                add(4, below(30), below(2) == 0 ? 0 : back);
                break;
            case 5:
                add(5, below(40) == 0 ? 31 : below(31), 0);
                break;
            case 6:  // a replay
                for (int n = 0; n < 20; ++n)
                    add(0, 3, 4 * n - 100);
                break;
            default:
                add(6, below(16), 0);
        }
    }
    return seed;
}

}  // namespace

std::vector<Seed> itch_messages() {
    std::vector<Seed> messages = short_day();
    itch::for_each_message_type(
        [&]<typename Message>() { messages.push_back(seed_of(Message{})); });
    return messages;
}

std::vector<Seed> datagrams() {
    const std::vector<Seed> messages = itch_messages();
    const std::span<const Seed> all{messages};
    std::vector<Seed> packets{packet(1, all.first(7)), packet(8, all.subspan(7)), packet(38, {}),
                              packet(0x7fff'ffff'ffff'fff0, all.first(1))};
    packets.push_back(seed_of(mold::Header{"RXLAB00001", 38, mold::kEndOfSession}));
    return packets;
}

void make_frames(Folder& folder) {
    for (const Seed& datagram : datagrams()) {
        folder.add(frame(datagram, 0));
        folder.add(frame(datagram, 42));
        folder.add(with_service_tag(frame(datagram, 42)));
    }
}

void make_moldudp64(Folder& folder) {
    Seed any{std::byte{0}};
    for (const Seed& datagram : datagrams()) {
        if (datagram.size() > 255) continue;
        any.push_back(static_cast<std::byte>(datagram.size()));
        append(any, datagram);
    }
    folder.add(any);
    Seed one{std::byte{1}};
    for (const int sequence : {1, 4, 9, 6, 1, 30, 12}) {
        one.push_back(static_cast<std::byte>(sequence));
        one.push_back(std::byte{0});
        one.push_back(std::byte{2});
    }
    folder.add(one);
    Seed pack{std::byte{2}};
    append(pack, wire::bytes_of(mold::Session{"RXLAB00001"}));
    pack.resize(pack.size() + 10, std::byte{2});
    for (const Seed& message : itch_messages()) {
        pack.push_back(static_cast<std::byte>(message.size()));
        append(pack, message);
    }
    folder.add(pack);
}

// Steps of sequencer_fuzz.cpp: a kind in three bits, an amount above them, and a distance.
void make_sequencer(Folder& folder) {
    const auto steps = [&](std::initializer_list<int> bytes) {
        Seed seed;
        for (const int byte : bytes)
            seed.push_back(static_cast<std::byte>(byte));
        folder.add(seed);
    };
    // In order on line A, each packet on B afterwards; one that is early, then what it waited for.
    steps({0, 0, 128 + 31, 7, 8, 0xff, 7, 8, 0xff, 0, 2, 0, 0xfd, 8, 0xff, 4, 0});
    // A gap that an answer fills, one that nothing does, time until it is given up; one cut short.
    steps({0, 0, 64 + 31, 7, 7, 0, 20, 2, 0xf0, 2, 1, 7, 0, 5, 3 + 8 * 20, 1, 0, 40, 7, 4, 0});
    // The session ends and another follows, with strangers beside it, and a pause.
    steps({1, 0, 31, 7, 7, 5 + 8 * 4, 0, 7, 5 + 8 * 31, 7, 7, 5, 1, 3 + 8 * 28, 4, 0});
    // The past, packet by packet.
    Seed again{std::byte{0}, std::byte{0}, std::byte{31}};
    again.insert(again.end(), 30, std::byte{7});
    for (int i = 0; i < 30; ++i)
        again.insert(again.end(), {std::byte{0}, static_cast<std::byte>(-30 + i)});
    folder.add(again);
    for (unsigned day = 0; day < 12; ++day)
        folder.add(long_day(day));
    Seed any{std::byte{2}, std::byte{31}};
    for (int i = 0; i < 12; ++i) {
        any.push_back(static_cast<std::byte>(8 + (i == 5 ? 1 : 0) + (i == 9 ? 64 : 0)));
        any.insert(any.end(), {std::byte{16}, std::byte{0}, std::byte{3}});
    }
    folder.add(any);
}

void make_igmp(Folder& folder) {
    std::array<std::byte, wire::kIgmpFrameBytesMax> memory;
    const auto add = [&](std::span<const std::byte> bytes) {
        folder.add(Seed(bytes.begin(), bytes.end()));
    };
    const std::array<std::uint32_t, 3> addresses{kGroup, kGroup + 1, 0x0a000001};
    for (const std::uint16_t vlan : {std::uint16_t{0}, std::uint16_t{42}}) {
        const wire::IgmpSender sender{{}, 0x0a000001, vlan};
        for (const auto type : {wire::IgmpType::query, wire::IgmpType::report_v1,
                                wire::IgmpType::report_v2, wire::IgmpType::leave}) {
            add(wire::build_igmp_frame(memory, sender, type, kGroup, 100));
        }
        add(wire::build_igmp_frame(memory, sender, wire::IgmpType::query, 0, 0));
        add(wire::build_igmp_query_v3(memory, sender, kGroup, 200, 2, addresses));
        const auto join = wire::IgmpRecordType::change_to_exclude;
        const std::array records{wire::IgmpGroupRecord{join, kGroup, {}},
                                 wire::IgmpGroupRecord{join, kGroup + 1, addresses}};
        add(wire::build_igmp_report_v3(memory, sender, records));
    }
}

void make_itch_files(Folder& folder) {
    Seed file;
    for (const Seed& message : itch_messages()) {
        append(file, wire::bytes_of(wire::be16{static_cast<std::uint16_t>(message.size())}));
        append(file, message);
    }
    folder.add(file);
    Seed marked = file;
    marked.resize(file.size() + 2);
    folder.add(marked);
    folder.add(Seed(file.begin(), file.begin() + 100));
    folder.add("\x1f\x8b\x08");
}

void make_soupbintcp(Folder& folder) {
    namespace soup = wire::soup;
    std::array<std::byte, 256> memory;
    Seed client{std::byte{0xff}, std::byte{0}, std::byte{2}, std::byte{5}, std::byte{40}};
    Seed server = client;
    const soup::LoginRequest request{"user", "password", soup::right_justified<10>("SESSION001"),
                                     soup::to_number_text<20>(12'345)};
    append(client, soup::write(memory, request));
    append(client, soup::write(memory, soup::PacketType::client_heartbeat));
    append(client, soup::write(memory, soup::PacketType::logout_request));
    const soup::LoginAccepted accepted{soup::right_justified<10>("SESSION001"),
                                       soup::to_number_text<20>(12'345)};
    append(server, soup::write(memory, accepted));
    for (const Seed& message : short_day())
        append(server, soup::write(memory, soup::PacketType::sequenced, message));
    append(server, soup::write(memory, soup::PacketType::server_heartbeat));
    append(server, soup::write(memory, soup::LoginRejected{wire::Char{'A'}}));
    append(server, soup::write(memory, soup::PacketType::end_of_session));
    folder.add(client);
    folder.add(server);
}

// A snapshot that is accepted, one of another session, one that is refused; the first byte cuts.
void make_snapshot_client(Folder& folder) {
    namespace soup = wire::soup;
    std::array<std::byte, 256> memory;
    for (const char* session : {"SESSION001", "SESSION002"}) {
        Seed seed{std::byte{30}};
        const soup::LoginAccepted accepted{soup::right_justified<10>(session),
                                           soup::to_number_text<20>(1)};
        append(seed, soup::write(memory, accepted));
        append(seed, soup::write(memory, soup::PacketType::server_heartbeat));
        for (const Seed& message : short_day())
            append(seed, soup::write(memory, soup::PacketType::sequenced, message));
        append(seed, soup::write(memory, soup::PacketType::sequenced,
                                 wire::bytes_of(wire::glimpse::end_of_snapshot(12'345))));
        append(seed, soup::write(memory, soup::PacketType::end_of_session));
        folder.add(seed);
    }
    Seed refused{std::byte{0xff}};
    append(refused, soup::write(memory, soup::LoginRejected{wire::Char{'S'}}));
    folder.add(refused);
}

void make_addresses(Folder& folder) {
    for (const char* text : {"239.1.1.1:30001", "239.1.1.1", "10.0.0.1:1", "224.0.0.0:65535",
                             "255.255.255.255", "1.2.3.04", "239.1.1.1:030"}) {
        folder.add(text);
    }
}

}  // namespace rxlab::fuzz
