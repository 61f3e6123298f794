// SPDX-License-Identifier: MIT
#include <rxlab/igmp/igmp_host.hpp>

#include <algorithm>
#include <utility>

namespace rxlab::igmp {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;
constexpr std::int64_t kSecondNs = 1'000 * kMillisecondNs;
constexpr std::int64_t kQueryIntervalNs = 125 * kSecondNs;  // RFC 3376, section 8.2
// Between the repetitions of a join: RFC 3376, section 8.11, and RFC 2236, section 8.10.
constexpr std::int64_t kRepeatNsV3 = 1 * kSecondNs;
constexpr std::int64_t kRepeatNsV2 = 10 * kSecondNs;
// Of a leave: any delay up to a second is allowed, and the program is about to end.
constexpr std::int64_t kLeaveRepeatNs = 10 * kMillisecondNs;

}  // namespace

IgmpHost::IgmpHost(std::vector<IgmpGroup> groups, const wire::IgmpSender& sender,
                   IgmpVersion version, std::uint64_t random_seed)
    : groups_{std::move(groups)},
      members_(groups_.size()),
      sender_{sender},
      configured_{version},
      random_{random_seed | 1},
      last_version_{version == IgmpVersion::v2 ? 2 : 3} {}

int IgmpHost::version(std::int64_t now_ns) const noexcept {
    if (configured_ == IgmpVersion::v2) return 2;
    if (configured_ == IgmpVersion::v3) return 3;
    if (now_ns < v1_until_ns_) return 1;
    return now_ns < v2_until_ns_ ? 2 : 3;
}

// xorshift64: the delays need to differ between hosts, not to be unpredictable.
std::int64_t IgmpHost::random_below(std::int64_t limit_ns) noexcept {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return static_cast<std::int64_t>(random_ % static_cast<std::uint64_t>(limit_ns + 1));
}

std::size_t IgmpHost::find(std::uint32_t group) const noexcept {
    const auto found = std::find_if(groups_.begin(), groups_.end(),
                                    [group](const IgmpGroup& one) { return one.address == group; });
    return static_cast<std::size_t>(found - groups_.begin());
}

// RFC 3376, section 5.1: a group that is wanted from a few sources is in mode INCLUDE all the time,
// so only its sources change.
wire::IgmpRecordType IgmpHost::record_type(const IgmpGroup& group, Purpose purpose) noexcept {
    using enum wire::IgmpRecordType;
    const bool from_all = group.sources.empty();
    switch (purpose) {
        case Purpose::join:
            return from_all ? change_to_exclude : allow_new_sources;
        case Purpose::leave:
            return from_all ? change_to_include : block_old_sources;
        case Purpose::state:
            break;
    }
    return from_all ? mode_is_exclude : mode_is_include;
}

wire::IgmpType IgmpHost::report_type(std::int64_t now_ns) const noexcept {
    return version(now_ns) == 1 ? wire::IgmpType::report_v1 : wire::IgmpType::report_v2;
}

void IgmpHost::cancel_all() noexcept {
    change_ = {};
    general_ = {};
    for (Membership& member : members_) {
        member.answer_at_ns = kNever;
        member.source_count = 0;
    }
}

void IgmpHost::update_due() noexcept {
    due_ns_ = std::min(change_.at_ns, general_.at_ns);
    for (const Membership& member : members_)
        due_ns_ = std::min(due_ns_, member.answer_at_ns);
}

void IgmpHost::join(std::int64_t now_ns) noexcept {
    change_ = {now_ns, robustness_, 0, 0};
    update_due();
}

void IgmpHost::leave(std::int64_t now_ns) noexcept {
    cancel_all();
    leaving_ = true;
    const int version = this->version(now_ns);
    // Version 1 has no leave; version 2 says it once (RFC 2236, section 6).
    if (version != 1) change_ = {now_ns, version == 2 ? 1 : robustness_, 0, 0};
    update_due();
}

void IgmpHost::receive(std::span<const std::byte> frame, std::int64_t now_ns) noexcept {
    wire::IgmpMessage message{};
    const wire::IgmpStatus status = wire::parse_igmp_frame(frame, message);
    ++counters_.frames[static_cast<std::size_t>(status)];
    if (status != wire::IgmpStatus::ok || leaving_) return;
    if (message.type == wire::IgmpType::query) {
        take_query(message, now_ns);
    } else {
        take_report(message, now_ns);
    }
    update_due();
}

// Routers and the queriers inside switches may omit the router alert option and send from 0.0.0.0
// (RFC 4541, section 2.1.1): neither is a reason to fall silent.
void IgmpHost::take_query(const wire::IgmpMessage& query, std::int64_t now_ns) noexcept {
    const bool for_us = query.destination == wire::kAllSystems ||
                        (query.group != 0 && query.destination == query.group) ||
                        (sender_.address != 0 && query.destination == sender_.address);
    const std::size_t group = query.group == 0 ? groups_.size() : find(query.group);
    if (!for_us || (query.group != 0 && group == groups_.size())) {
        ++counters_.ignored;
        return;
    }
    note_querier(query.query_version, query.response_ms, now_ns);
    if (query.query_version == 3 && query.robustness > 1) robustness_ = query.robustness;

    const std::int64_t delay_ns_max = query.response_ms * kMillisecondNs;
    const std::int64_t delay_ns = random_below(delay_ns_max);
    // A group with more sources than a record holds is reported with all groups, because that
    // answer may go on in a second frame.
    if (query.group == 0 || groups_[group].sources.size() > wire::kIgmpSourcesMax) {
        answer_all(delay_ns, delay_ns_max, now_ns);
    } else if (now_ns + delay_ns < general_.at_ns) {  // else the answer about all groups is sooner
        answer_one(group, query, delay_ns, now_ns);
    }
}

// RFC 3376 counts only general queries of version 2. Here a specific one counts, too: it comes from
// a router that would not understand an answer of version 3.
void IgmpHost::note_querier(int version, std::uint32_t response_ms, std::int64_t now_ns) noexcept {
    const std::int64_t until_ns =
        now_ns + robustness_ * kQueryIntervalNs + response_ms * kMillisecondNs;
    if (version == 1) {
        ++counters_.queries_v1;
        v1_until_ns_ = until_ns;
    } else if (version == 2) {
        ++counters_.queries_v2;
        v2_until_ns_ = until_ns;
    } else {
        ++counters_.queries_v3;
    }
    // "Whenever a host changes its compatibility mode, it cancels all its pending responses and
    // retransmission timers" (RFC 3376, section 7.2.1).
    const int current = this->version(now_ns);
    if (current != last_version_) cancel_all();
    last_version_ = current;
}

// Version 3 answers for all groups at once (RFC 3376, section 5.2), older ones for each group after
// a delay of its own (RFC 2236, section 3).
void IgmpHost::answer_all(std::int64_t delay_ns, std::int64_t delay_ns_max,
                          std::int64_t now_ns) noexcept {
    if (version(now_ns) == 3) {
        if (now_ns + delay_ns < general_.at_ns) general_ = {now_ns + delay_ns, 1, 0, 0};
        return;
    }
    for (Membership& member : members_) {
        const bool running = member.answer_at_ns != kNever;
        if (running && member.answer_at_ns <= now_ns + delay_ns_max) continue;
        member.answer_at_ns = now_ns + random_below(delay_ns_max);
    }
}

// Answers with those of the sources asked about that are wanted; if there are none, with nothing
// (RFC 3376, section 5.2).
void IgmpHost::answer_one(std::size_t group, const wire::IgmpMessage& query, std::int64_t delay_ns,
                          std::int64_t now_ns) noexcept {
    Membership& member = members_[group];
    const std::vector<std::uint32_t>& wanted = groups_[group].sources;
    const bool running = member.answer_at_ns != kNever;
    const std::size_t more = query.sources.size() / sizeof(wire::be32);
    const bool about_group = version(now_ns) != 3 || more == 0 ||
                             (running && member.source_count == 0) ||
                             member.source_count + more > Membership::kSourcesMax;
    if (about_group) {  // which also says all that an answer about sources would
        member.source_count = 0;
    } else {
        for (std::size_t i = 0; i < more; ++i) {
            const std::uint32_t source = wire::overlay<wire::be32>(query.sources.subspan(i * 4));
            const auto end =
                member.sources.begin() + static_cast<std::ptrdiff_t>(member.source_count);
            if (std::find(member.sources.begin(), end, source) != end) continue;
            if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), source) == wanted.end())
                continue;
            member.sources[member.source_count++] = source;
        }
        if (member.source_count == 0) return;
    }
    member.answer_at_ns = std::min(member.answer_at_ns, now_ns + delay_ns);
}

// RFC 2236, section 3: another host's report saves ours. Version 3 suppresses nothing.
void IgmpHost::take_report(const wire::IgmpMessage& report, std::int64_t now_ns) noexcept {
    const bool of_group =
        report.type == wire::IgmpType::report_v1 || report.type == wire::IgmpType::report_v2;
    const bool own = report.source == sender_.address && sender_.address != 0;
    const std::size_t group = of_group && !own ? find(report.group) : groups_.size();
    if (group == groups_.size() || version(now_ns) == 3 || members_[group].answer_at_ns == kNever) {
        ++counters_.ignored;
        return;
    }
    members_[group].answer_at_ns = kNever;
    ++counters_.suppressed;
}

// As many groups as fit into a frame. Sources that do not fit go into the next one: a record of
// these types may be split (RFC 3376, section 4.2.16).
std::span<const std::byte> IgmpHost::next_records(Sweep& sweep, Purpose purpose) noexcept {
    std::array<wire::IgmpGroupRecord, wire::kIgmpRecordsMax> records;
    std::size_t count = 0;
    std::size_t room = wire::kIgmpRecordBytesMax;
    while (sweep.index < groups_.size() && room >= sizeof(wire::IgmpRecord)) {
        const IgmpGroup& group = groups_[sweep.index];
        const auto rest = std::span{group.sources}.subspan(sweep.source);
        const std::size_t fit = (room - sizeof(wire::IgmpRecord)) / sizeof(wire::be32);
        if (fit == 0 && !rest.empty()) break;
        const auto told = rest.first(std::min(rest.size(), fit));
        records[count++] = {record_type(group, purpose), group.address, told};
        room -= sizeof(wire::IgmpRecord) + told.size() * sizeof(wire::be32);
        sweep.source += told.size();
        if (sweep.source < group.sources.size()) break;
        sweep.source = 0;
        ++sweep.index;
    }
    return wire::build_igmp_report_v3(frame_, sender_, std::span{records}.first(count));
}

std::span<const std::byte> IgmpHost::sweep(Sweep& sweep, Purpose purpose,
                                           std::int64_t now_ns) noexcept {
    const bool records = version(now_ns) == 3;
    std::span<const std::byte> frame;
    if (records) {
        frame = next_records(sweep, purpose);
    } else {
        const auto type = purpose == Purpose::leave ? wire::IgmpType::leave : report_type(now_ns);
        frame = wire::build_igmp_frame(frame_, sender_, type, groups_[sweep.index++].address);
    }
    if (sweep.index < groups_.size()) return frame;
    sweep.index = 0;
    if (--sweep.left <= 0) {
        sweep.at_ns = kNever;
    } else if (leaving_) {
        sweep.at_ns = now_ns + kLeaveRepeatNs;
    } else {
        sweep.at_ns = now_ns + random_below(records ? kRepeatNsV3 : kRepeatNsV2);
    }
    return frame;
}

std::span<const std::byte> IgmpHost::answer(std::size_t index, std::int64_t now_ns) noexcept {
    const IgmpGroup& group = groups_[index];
    Membership& member = members_[index];
    const std::span<const std::uint32_t> asked =
        std::span{member.sources}.first(std::exchange(member.source_count, 0));
    member.answer_at_ns = kNever;
    if (version(now_ns) != 3)
        return wire::build_igmp_frame(frame_, sender_, report_type(now_ns), group.address);
    wire::IgmpGroupRecord record{record_type(group, Purpose::state), group.address, group.sources};
    if (!asked.empty()) record = {wire::IgmpRecordType::mode_is_include, group.address, asked};
    return wire::build_igmp_report_v3(frame_, sender_, {&record, 1});
}

std::span<const std::byte> IgmpHost::next(std::int64_t now_ns) noexcept {
    if (now_ns < due_ns_ || groups_.empty()) return {};
    std::span<const std::byte> frame;
    if (now_ns >= change_.at_ns) {
        frame = sweep(change_, leaving_ ? Purpose::leave : Purpose::join, now_ns);
    } else if (now_ns >= general_.at_ns) {
        frame = sweep(general_, Purpose::state, now_ns);
    } else {
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            if (now_ns < members_[i].answer_at_ns) continue;
            frame = answer(i, now_ns);
            break;
        }
    }
    ++(leaving_ ? counters_.leaves : counters_.reports);
    update_due();
    return frame;
}

}  // namespace rxlab::igmp
