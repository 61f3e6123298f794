// SPDX-License-Identifier: MIT
#include "feedsim/servers/rerequest_server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace rxlab::feedsim {

namespace mold = wire::mold;

Rerequests::Rerequests(Stores stores, const RerequestLimits& limits)
    : stores_{std::move(stores)},
      packets_per_ns_{limits.packets_per_second * 1e-9},
      quota_messages_{limits.quota_messages} {
    if (quota_messages_ != kUnbounded) clients_.reserve(kClientsMax);
}

Rerequests::Client* Rerequests::find(std::uint32_t address) noexcept {
    const auto found = std::find_if(clients_.begin(), clients_.end(), [&](const Client& client) {
        return client.address == address;
    });
    if (found != clients_.end()) return &*found;
    if (clients_.size() == kClientsMax) return nullptr;
    return &clients_.emplace_back(Client{address, quota_messages_});  // within the reserved room
}

// A bucket of credit that fills with time.
bool Rerequests::may_answer(std::uint64_t now_ns) noexcept {
    const double since_ns = last_ns_ == 0 ? 0 : static_cast<double>(now_ns - last_ns_);
    last_ns_ = now_ns;
    credit_packets_ = std::min(credit_packets_ + since_ns * packets_per_ns_, kBurstPackets);
    if (credit_packets_ < 1) return false;
    credit_packets_ -= 1;
    return true;
}

std::span<const std::byte> Rerequests::answer(std::span<const std::byte> datagram,
                                              std::uint32_t client, std::uint64_t now_ns) noexcept {
    const auto request = mold::parse_request(datagram);
    if (!request) {
        ++counters_.malformed;
        return {};
    }
    ++counters_.requests;
    const auto store = std::find_if(stores_.begin(), stores_.end(), [&](const MessageStore* one) {
        return one->session() == request->session;
    });
    if (store == stores_.end()) {
        ++counters_.unknown_session;
        return {};
    }
    const std::uint64_t next = (*store)->next_sequence();
    const std::uint64_t begin = std::max(request->sequence, (*store)->oldest_sequence());
    const std::uint64_t wanted_end = request->sequence + request->message_count;
    std::uint64_t end =
        wanted_end < request->sequence ? next : std::min(wanted_end, next);  // the sum may overflow
    if (begin >= end) {
        ++counters_.unavailable;
        return {};
    }
    Client* asker = nullptr;
    if (quota_messages_ != kUnbounded) {
        asker = find(client);
        if (asker == nullptr || asker->messages_left == 0) {
            ++counters_.over_quota;
            return {};
        }
        end = std::min(end, begin + std::min(asker->messages_left, end - begin));
    }
    if (!may_answer(now_ns)) {
        ++counters_.refused;
        return {};
    }
    const std::uint64_t before = counters_.messages;
    const std::span<const std::byte> result = pack(**store, begin, end);
    if (asker != nullptr) asker->messages_left -= counters_.messages - before;
    return result;
}

// The oldest messages may be overwritten meanwhile; then the answer begins after them.
std::span<const std::byte> Rerequests::pack(const MessageStore& store, std::uint64_t begin,
                                            std::uint64_t end) noexcept {
    MessageStore::Memory memory;
    mold::PacketBuilder builder{memory_, store.session()};
    for (std::uint64_t sequence = begin; sequence < end; ++sequence) {
        const std::span<const std::byte> message = store.read(sequence, memory);
        if (message.empty() && builder.message_count() > 0) break;
        if (message.empty()) continue;
        if (builder.message_count() == 0) builder.start(sequence);
        if (!builder.append(message)) break;
    }
    if (builder.message_count() == 0) {
        ++counters_.unavailable;
        return {};
    }
    ++counters_.answers;
    counters_.messages += builder.message_count();
    return builder.finish();
}

RerequestServer::RerequestServer(const wire::Ipv4Endpoint& address, Stores stores,
                                 const RerequestLimits& limits, const ServerCpus& cpus)
    : requests_{std::move(stores), limits},
      socket_{bind_socket(SOCK_DGRAM, address, "--rerequest")},
      address_{bound_address(socket_)} {
    thread_.start(cpus.set, [this] { serve(); });
}

void RerequestServer::serve() {
    pollfd waiting[] = {{thread_.descriptor(), POLLIN, 0}, {socket_.get(), POLLIN, 0}};
    for (;;) {
        if (poll(waiting, std::size(waiting), -1) < 0 && errno != EINTR) return;
        if (waiting[0].revents != 0) return;
        if (waiting[1].revents != 0) answer_waiting();
    }
}

void RerequestServer::answer_waiting() noexcept {
    constexpr int kAtOnceMax = 64;  // then it checks whether the thread must end
    std::array<std::byte, 2'048> datagram;
    for (int i = 0; i < kAtOnceMax; ++i) {
        sockaddr_in from{};
        socklen_t from_bytes = sizeof from;
        const ssize_t bytes = recvfrom(socket_.get(), datagram.data(), datagram.size(), 0,
                                       reinterpret_cast<sockaddr*>(&from), &from_bytes);
        // An earlier answer's error (the client's port is closed) may be reported here.
        if (bytes < 0 && errno == ECONNREFUSED) continue;
        if (bytes < 0) return;
        const auto answer =
            requests_.answer(std::span{datagram}.first(static_cast<std::size_t>(bytes)),
                             ntohl(from.sin_addr.s_addr), monotonic_ns());
        if (answer.empty()) continue;
        if (sendto(socket_.get(), answer.data(), answer.size(), 0,
                   reinterpret_cast<const sockaddr*>(&from), from_bytes) < 0) {
            requests_.count_send_error();
        }
    }
}

}  // namespace rxlab::feedsim
