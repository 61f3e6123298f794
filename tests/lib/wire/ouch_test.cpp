// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/ouch.hpp>

#include <gtest/gtest.h>

namespace rxlab::wire::ouch {
namespace {

using test::Bytes;
using test::number_at;

EnterOrder example() {
    EnterOrder order;
    order.user_ref_num = 0x01020304;
    order.side = kSell;
    order.quantity = 0x0a0b0c0d;
    order.symbol = "RXLB";
    order.price = 1'002'500;
    order.client_order_id = "0001000000002A";
    return order;
}

Bytes bytes_of_example() {
    return test::exact(bytes_of(example()));
}

std::string text_at(const Bytes& from, std::size_t at, std::size_t size) {
    return {reinterpret_cast<const char*>(from.data()) + at, size};
}

// Offsets and lengths of the specification, written down a second time.
TEST(EnterOrder, HasEachFieldWhereTheSpecificationSays) {
    const Bytes order = bytes_of_example();
    ASSERT_EQ(order.size(), 47U);
    EXPECT_EQ(text_at(order, 0, 1), "O");
    EXPECT_EQ(number_at(order, 1, 4), 0x01020304U);
    EXPECT_EQ(text_at(order, 5, 1), "S");
    EXPECT_EQ(number_at(order, 6, 4), 0x0a0b0c0dU);
    EXPECT_EQ(text_at(order, 10, 8), "RXLB    ");
    EXPECT_EQ(number_at(order, 18, 8), 1'002'500U);
    EXPECT_EQ(text_at(order, 26, 5), "3YPNN");
    EXPECT_EQ(text_at(order, 31, 14), "0001000000002A");
    EXPECT_EQ(number_at(order, 45, 2), 0U);
}

TEST(EnterOrder, IsReadBackAsItWasWritten) {
    const Bytes order = bytes_of_example();
    ASSERT_TRUE(is_enter_order(order));
    EXPECT_EQ(overlay<EnterOrder>(order).price, example().price);
    EXPECT_EQ(overlay<EnterOrder>(order).symbol.view(), "RXLB");
}

TEST(EnterOrder, IsRefusedWhereItIsCutShortOrFollowedByMore) {
    const Bytes order = bytes_of_example();
    for (std::size_t size = 0; size < order.size(); ++size)
        EXPECT_FALSE(is_enter_order(test::exact(std::span{order}.first(size)))) << size;
    Bytes longer = order;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(is_enter_order(longer));
}

TEST(EnterOrder, MayHaveTheAppendageThatItAnnounces) {
    Bytes order = bytes_of_example();
    order[46] = std::byte{3};
    EXPECT_FALSE(is_enter_order(order));
    test::append(order, test::bytes({2, 1, 7}));
    EXPECT_TRUE(is_enter_order(order));
}

TEST(EnterOrder, IsRefusedWithAnotherTypeOrSide) {
    Bytes order = bytes_of_example();
    order[0] = std::byte{'U'};
    EXPECT_FALSE(is_enter_order(order));
    order = bytes_of_example();
    order[5] = std::byte{'X'};
    EXPECT_FALSE(is_enter_order(order));
}

TEST(EnterOrder, IsNotFoundInRandomBytesUnlessTheyAreOne) {
    std::mt19937_64 random{7};
    for (int i = 0; i < 20'000; ++i) {
        Bytes noise = test::random_bytes(random, random() % 64);
        if (i % 2 == 0 && !noise.empty()) noise[0] = std::byte{'O'};
        if (!is_enter_order(test::exact(noise))) continue;
        EXPECT_EQ(noise.size(), 47 + number_at(noise, 45, 2));
    }
}

}  // namespace
}  // namespace rxlab::wire::ouch
