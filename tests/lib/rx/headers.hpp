// SPDX-License-Identifier: MIT
//
// Headers of MoldUDP64 packets, shortly written, and what a receiver that steps over what is
// missing makes of them.
#pragma once

#include <rxlab/rx/sequencer.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <cstdint>

namespace rxlab::headers {

using rx::end_of;
using rx::Place;
using rx::Sequencer;
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

enum class Kind : std::uint8_t { in_order, gap, duplicate, late, heartbeat, end_of_session };

struct Verdict {
    Kind kind;
    bool session_changed = false;
    // Messages at the front of the packet that are not new; late: those before the first that fills
    // a gap; duplicate: all.
    std::uint16_t skip = 0;
    std::uint64_t missing = 0;  // messages between the expected one and this packet

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

inline Verdict accept_data(Sequencer& sequencer, const Header& header) {
    const std::uint64_t sequence = header.sequence;
    const std::uint64_t end = end_of(header);
    if (sequencer.classify(header) == Place::next) {
        sequencer.advance(header);
        return {.kind = Kind::in_order};
    }
    if (sequence < sequencer.next() && end <= sequencer.next()) {
        if (!sequencer.take_old(sequence, end))
            return {.kind = Kind::duplicate, .skip = header.message_count};
        return {.kind = Kind::late};
    }
    const std::uint64_t missing = sequencer.skip_to(sequence);
    const std::uint16_t skip = sequencer.take(sequence, end);
    return {missing != 0 ? Kind::gap : Kind::in_order, false, skip, missing};
}

inline Verdict accept(Sequencer& sequencer, const Header& header) {
    const bool is_first = !sequencer.started();
    const bool changed = !is_first && header.session != sequencer.session();
    if (is_first || changed) sequencer.join(header.session, header.sequence);
    Verdict verdict{Kind::heartbeat};
    if (header.message_count == wire::mold::kHeartbeat) {
        sequencer.count_heartbeat();
        verdict.missing = sequencer.skip_to(header.sequence);
    } else if (header.message_count == wire::mold::kEndOfSession) {
        sequencer.announce_end(header.sequence);
        verdict = {.kind = Kind::end_of_session, .missing = sequencer.skip_to(header.sequence)};
    } else {
        verdict = accept_data(sequencer, header);
    }
    verdict.session_changed = changed;
    return verdict;
}

}  // namespace rxlab::headers
