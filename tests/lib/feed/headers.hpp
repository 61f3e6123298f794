// SPDX-License-Identifier: MIT
//
// Headers of MoldUDP64 packets, shortly written.
#pragma once

#include <rxlab/wire/moldudp64.hpp>

#include <cstdint>

namespace rxlab::feed::test {

using wire::mold::Header;
using wire::mold::Session;

inline const Session kSession{"SESSION001"};

inline Header data(std::uint64_t sequence, std::uint16_t count, const Session& session = kSession) {
    return {session, sequence, count};
}
inline Header heartbeat(std::uint64_t next, const Session& session = kSession) {
    return {session, next, wire::mold::kHeartbeat};
}
inline Header end_of_session(std::uint64_t next, const Session& session = kSession) {
    return {session, next, wire::mold::kEndOfSession};
}

}  // namespace rxlab::feed::test
