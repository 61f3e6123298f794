// SPDX-License-Identifier: MIT
#include <rxlab/order/order_frame.hpp>
#include <rxlab/wire/frame.hpp>

#include <gtest/gtest.h>

namespace rxlab::order {
namespace {

TEST(OrderFrame, IsTheFrameOfEachOrderInTurn) {
    wire::UdpFrame fields;
    fields.source = 0xc0000202;
    fields.destination = 0xc0000201;
    fields.source_port = 49'153;
    fields.destination_port = 31'003;
    fields.udp_checksum = false;
    OrderFrame frame{fields};
    for (std::uint32_t number = 1; number < 4; ++number) {
        wire::ouch::EnterOrder order;
        order.user_ref_num = number;
        wire::UdpDatagram datagram{};
        ASSERT_EQ(wire::parse_udp_frame(frame.around(wire::bytes_of(order)), datagram),
                  wire::FrameStatus::ok);
        EXPECT_EQ(datagram.destination, fields.destination);
        EXPECT_EQ(datagram.destination_port, fields.destination_port);
        ASSERT_TRUE(wire::ouch::is_enter_order(datagram.payload));
        EXPECT_EQ(wire::overlay<wire::ouch::EnterOrder>(datagram.payload).user_ref_num, number);
    }
    EXPECT_EQ(frame.bytes(), 14U + 20 + 8 + 47);
}

}  // namespace
}  // namespace rxlab::order
