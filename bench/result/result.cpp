// SPDX-License-Identifier: MIT
#include "bench/result/result.hpp"

namespace rxlab::bench {

Ledger& Ledger::operator+=(const Ledger& other) noexcept {
    sent += other.sent;
    received += other.received;
    lost += other.lost;
    duplicates += other.duplicates;
    late += other.late;
    unexpected += other.unexpected;
    return *this;
}

std::string to_string(VerdictKind verdict) {
    switch (verdict) {
        case VerdictKind::valid:
            return "VALID";
        case VerdictKind::suspect:
            return "SUSPECT";
        case VerdictKind::void_:
            return "VOID";
    }
    return "?";
}

std::string to_string(Cause cause) {
    switch (cause) {
        case Cause::sender_late:
            return "sender_late";
        case Cause::core_stolen:
            return "core_stolen";
        case Cause::context_switch:
            return "context_switch";
        case Cause::queued:
            return "queued";
        case Cause::unexplained:
            return "unexplained";
    }
    return "?";
}

std::string to_string(GateStatus status) {
    switch (status) {
        case GateStatus::pass:
            return "pass";
        case GateStatus::warn:
            return "warn";
        case GateStatus::fail:
            return "fail";
    }
    return "?";
}

}  // namespace rxlab::bench
