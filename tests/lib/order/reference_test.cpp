// SPDX-License-Identifier: MIT
#include <rxlab/order/reference.hpp>

#include <gtest/gtest.h>

namespace rxlab::order {
namespace {

TEST(Reference, IsHexadecimalFeedAndSequence) {
    EXPECT_EQ(reference_of({1, 42}).padded(), "0001000000002A");
    EXPECT_EQ(reference_of({0xffff, kSequenceMax}).padded(), "FFFFFFFFFFFFFF");
}

TEST(Reference, NamesThePacketThatItWasMadeOf) {
    for (const Tick tick : {Tick{0, 0}, Tick{0, 1}, Tick{7, 123'456'789}, Tick{0xffff, 1},
                            Tick{0x0102, kSequenceMax}}) {
        EXPECT_EQ(parse_reference(reference_of(tick)), tick);
    }
}

TEST(Reference, IsRefusedWhereACharacterIsNoDigit) {
    for (std::size_t at = 0; at < 14; ++at) {
        for (const char wrong : {' ', 'G', 'a', '/', ':', '@', '\0'}) {
            std::string text{"00010000000001"};
            text[at] = wrong;
            EXPECT_FALSE(parse_reference(Reference{std::string_view{text}})) << at << wrong;
        }
    }
}

}  // namespace
}  // namespace rxlab::order
