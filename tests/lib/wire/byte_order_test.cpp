// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/byte_order.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace rxlab::wire {
namespace {

template <typename T>
class BigEndianWidth : public testing::Test {};

using Widths = testing::Types<BigEndian<1>, BigEndian<2>, BigEndian<3>, BigEndian<4>, BigEndian<5>,
                              BigEndian<6>, BigEndian<7>, BigEndian<8>>;
TYPED_TEST_SUITE(BigEndianWidth, Widths);

TYPED_TEST(BigEndianWidth, StoresTheMostSignificantByteFirst) {
    std::mt19937_64 random{1};
    for (int i = 0; i < 1000; ++i) {
        const auto value = static_cast<typename TypeParam::Value>(random());
        const TypeParam field{value};
        const std::uint64_t kept = sizeof(TypeParam) == 8
                                       ? std::uint64_t{value}
                                       : value & ((std::uint64_t{1} << 8 * sizeof(TypeParam)) - 1);
        EXPECT_EQ(test::number_at(bytes_of(field), 0, sizeof(TypeParam)), kept);
        EXPECT_EQ(field.get(), kept);
    }
}

TYPED_TEST(BigEndianWidth, ReadsWhatItStores) {
    using Value = typename TypeParam::Value;
    constexpr auto kMax = static_cast<Value>(std::numeric_limits<Value>::max() >>
                                             8 * (sizeof(Value) - sizeof(TypeParam)));
    for (Value value : {Value{0}, Value{1}, Value{0x80}, Value{0xff}, kMax}) {
        TypeParam field;
        EXPECT_EQ(field.get(), 0U);
        field.set(value);
        EXPECT_EQ(field.get(), value);
        EXPECT_TRUE(field == value);
        EXPECT_TRUE(field == TypeParam{value});
    }
}

TEST(BigEndian, ReadsAtAnyAlignment) {
    const auto memory = test::bytes({0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    const std::span<const std::byte> odd = std::span{memory}.subspan(1);
    EXPECT_EQ(overlay<be16>(odd).get(), 0x0102U);
    EXPECT_EQ(overlay<be32>(odd).get(), 0x01020304U);
    EXPECT_EQ(overlay<be48>(odd).get(), 0x010203040506U);
    EXPECT_EQ(overlay<be64>(odd).get(), 0x0102030405060708U);
}

TEST(BigEndian, ComparesWithIntegersByValue) {
    const be16 field{0xffff};
    EXPECT_TRUE(field == 0xffff);
    EXPECT_TRUE(field != -1);  // which would be equal after a conversion to 16 bits
    EXPECT_TRUE(be64{5} == 5);
    EXPECT_FALSE(be64{5} == 6U);
}

TEST(Text, PadsWithSpacesOnTheRight) {
    const Text<8> text{"AAPL"};
    EXPECT_EQ(text.padded(), "AAPL    ");
    EXPECT_EQ(text.view(), "AAPL");
    EXPECT_EQ(text.front(), 'A');
}

TEST(Text, CutsWhatDoesNotFit) {
    EXPECT_EQ(Text<4>{"ABCDEF"}.padded(), "ABCD");
    EXPECT_EQ(Text<4>{"ABCD"}.view(), "ABCD");
}

TEST(Text, KeepsSpacesInTheMiddleAndInFront) {
    EXPECT_EQ(Text<8>{" A B"}.view(), " A B");
}

TEST(Text, OfOnlySpacesIsEmpty) {
    EXPECT_EQ(Text<8>{}.view(), "");
    EXPECT_EQ(Text<8>{""}.padded(), "        ");
}

TEST(Text, OfOneCharacterIsACharacter) {
    EXPECT_EQ(Char{'B'}.front(), 'B');
    EXPECT_EQ(Char{'B'}, Char{"B"});
    EXPECT_NE(Char{'B'}, Char{'S'});
}

}  // namespace
}  // namespace rxlab::wire
