// SPDX-License-Identifier: MIT
#include "bench/report/guest.hpp"
#include "example.hpp"

#include <gtest/gtest.h>

namespace rxlab::bench {
namespace {

using example::contains;

const std::vector<std::string> kNotes{"0000:00:03.0: e1000e → vfio-pci, IOMMU group 3",
                                      "0000:00:03.0: vfio-pci → e1000e, interface eth1"};

// One round of two receivers, with the sender's digest.
Result guest_result() {
    Result result = example::result();
    result.testbed.name = "vm";
    result.scenarios.resize(1);
    ScenarioResult& scenario = result.scenarios[0];
    scenario.rounds = 1;
    scenario.receivers.resize(2);
    for (ReceiverResult& receiver : scenario.receivers) {
        receiver.runs.resize(1);
        Run& run = receiver.runs[0];
        run.ledger.sent = run.ledger.received = 400;
        run.ledger.lost = 0;
        run.receiver.digest = "00000000deadbeef";
        run.sender.digest = "00000000deadbeef";
    }
    scenario.verdict.gates = {{"real-processor", "scenario", GateStatus::fail, {}, {}, "", "TCG"},
                              {"sender-pacing", "sender", GateStatus::fail, 1, 0, "ns", "late"}};
    return result;
}

TEST(GuestText, ShowsTheBindingTheDigestsAndTheGivingBackBeforeItSaysWhatIsVoid) {
    const std::string text = guest_text(guest_result(), kNotes);
    std::size_t last = 0;
    for (const char* part :
         {"e1000e → vfio-pci, IOMMU group 3", "sender         400 sent",
          "400 received, 0 lost     00000000deadbeef", "The digests are equal.", "Given back",
          "vfio-pci → e1000e, interface eth1", "Latencies are void: TCG"}) {
        const std::size_t at = text.find(part, last);
        ASSERT_NE(at, std::string::npos) << part << " in:\n" << text;
        last = at;
    }
    EXPECT_EQ(text.find(kNotes[1]), text.rfind(kNotes[1])) << text;
    EXPECT_FALSE(contains(text, "late")) << text;
}

TEST(GuestText, SaysThatDigestsDiffer) {
    Result result = guest_result();
    result.scenarios[0].receivers[1].runs[0].receiver.digest = "00000000deadbee0";
    EXPECT_TRUE(contains(guest_text(result, kNotes), "THE DIGESTS DIFFER."));
    result = guest_result();
    for (ReceiverResult& receiver : result.scenarios[0].receivers)
        receiver.runs[0].sender.digest = "00000000deadbee0";
    EXPECT_TRUE(contains(guest_text(result, kNotes), "THE DIGESTS DIFFER."));
}

TEST(GuestText, SaysWhatIsWrongWithPackets) {
    Result result = guest_result();
    result.scenarios[0].verdict.gates.push_back(
        {"no-loss", "dpdk-port", GateStatus::fail, 3, 0, "%", "slower"});
    EXPECT_TRUE(contains(guest_text(result, kNotes), "Void: single, dpdk-port: no-loss: 3 %"))
        << guest_text(result, kNotes);
}

TEST(GuestText, SaysThatNothingWasBound) {
    EXPECT_TRUE(contains(guest_text(guest_result(), {}), "kept its kernel driver"));
}

TEST(GuestText, KnowsAnEmulatedMachine) {
    Result result = guest_result();
    result.environment.hypervisor = "TCGTCGTCGTCG";
    EXPECT_TRUE(is_emulated(result));
    result.environment.hypervisor = "KVMKVMKVM";
    EXPECT_FALSE(is_emulated(result));
}

}  // namespace
}  // namespace rxlab::bench
