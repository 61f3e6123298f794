// SPDX-License-Identifier: MIT
//
// Feeds headers to the learner's Sequencer, and compares its counters with what was sent. Prints
// the first finding.
#include <rxlab/rx/sequencer.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

using rxlab::rx::SequenceCounters;
using rxlab::rx::Sequencer;
using rxlab::wire::mold::Header;
using rxlab::wire::mold::Session;

void packet(Sequencer& sequencer, std::uint64_t first, std::uint16_t messages) {
    Header header{};
    header.session = Session{"LAB0000001"};
    header.sequence = first;
    header.message_count = messages;
    sequencer.accept(header);
}

void is(std::uint64_t got, std::uint64_t wanted, const char* finding, const char* what) {
    if (got == wanted) return;
    std::printf("finding %s %s: %llu instead of %llu\n", finding, what,
                static_cast<unsigned long long>(got), static_cast<unsigned long long>(wanted));
    std::exit(1);
}

}  // namespace

int main() {
    // 1-4 come, 5-7 are missing, 8-9 come.
    Sequencer sequencer;
    packet(sequencer, 1, 4);
    packet(sequencer, 8, 2);
    is(sequencer.next(), 10, "does-not-go-on", "after 1-4 and 8-9, the next message");
    is(sequencer.counters().gaps, 1, "no-gap", "after 1-4 and 8-9, gaps");
    is(sequencer.counters().missed_messages, 3, "wrong-missing",
       "after 1-4 and 8-9, missing messages");
    is(sequencer.delivered(), 6, "wrong-delivered",
       "after 1-4 and 8-9, messages that came in order");

    // 6 comes late, then once more.
    packet(sequencer, 6, 1);
    is(sequencer.counters().late_packets, 1, "forgets-the-gap", "6 came late; late packets");
    is(sequencer.counters().missed_messages, 2, "forgets-the-gap", "6 came late; missing messages");
    packet(sequencer, 6, 1);
    is(sequencer.counters().duplicate_packets, 1, "forgets-the-gap", "6 came twice; duplicates");

    // A second gap, and the return value.
    is(sequencer.skip_to(10), 0, "counts-nothing", "skip_to(10) where 10 is next, returned");
    is(sequencer.counters().gaps, 1, "counts-nothing", "nothing was skipped; gaps");
    is(sequencer.skip_to(15), 5, "wrong-answer", "skip_to(15) where 10 is next, returned");
    is(sequencer.counters().gaps, 2, "no-gap", "after a second gap, gaps");
    is(sequencer.skip_to(12), 0, "goes-back", "skip_to(12) where 15 is next, returned");
    is(sequencer.next(), 15, "goes-back", "after that, the next message");
    return 0;
}
