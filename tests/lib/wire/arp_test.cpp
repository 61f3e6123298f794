// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/arp.hpp>

#include <gtest/gtest.h>

#include <cstring>

namespace rxlab::wire {
namespace {

using test::Bytes;

constexpr std::uint32_t kAddress = 0xc0000201;  // 192.0.2.1
const MacAddress kMac{std::byte{2}, {}, {}, {}, {}, std::byte{1}};

// As tcpdump shows one of 192.0.2.2 at 02:00:00:00:00:02.
Bytes request() {
    return test::bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,   2, 8, 6,
                        0,    1,    8,    0,    6,    4,    0, 1, 2, 0, 0,   0, 0, 2,
                        192,  0,    2,    2,    0,    0,    0, 0, 0, 0, 192, 0, 2, 1});
}

TEST(ArpAnswer, GivesTheAddressToWhoAsksForIt) {
    const auto answer = answer_arp(request(), kAddress, kMac);
    ASSERT_TRUE(answer);
    const Bytes expected =
        test::bytes({2, 0, 0, 0, 0, 2, 2, 0,   0, 0, 0, 1, 8, 6, 0, 1, 8, 0,   6, 4, 0,
                     2, 2, 0, 0, 0, 0, 1, 192, 0, 2, 1, 2, 0, 0, 0, 0, 2, 192, 0, 2, 2});
    EXPECT_EQ(test::exact(bytes_of(*answer)), expected);
}

TEST(ArpAnswer, IsNoneToAnythingElse) {
    EXPECT_FALSE(answer_arp(request(), kAddress + 1, kMac));
    const Bytes whole = request();
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(answer_arp(test::exact(std::span{whole}.first(size)), kAddress, kMac));
    for (const std::size_t at : {12U, 13U, 14U, 15U, 16U, 17U, 18U, 19U, 20U, 21U, 38U, 41U}) {
        Bytes other = request();
        other[at] ^= std::byte{4};
        EXPECT_FALSE(answer_arp(other, kAddress, kMac)) << at;
    }
}

}  // namespace
}  // namespace rxlab::wire
