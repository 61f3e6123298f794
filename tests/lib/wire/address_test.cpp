// SPDX-License-Identifier: MIT
#include <rxlab/wire/address.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace rxlab::wire {
namespace {

// What the exception says; empty where there is none.
template <typename Parse>
std::string refusal(Parse&& parse, std::string_view text) {
    try {
        (void)parse(text);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return {};
}

TEST(Ipv4Endpoint, IsReadAsWritten) {
    for (const char* text :
         {"239.1.1.1:30001", "0.0.0.0:1", "255.255.255.255:65535", "10.20.30.40:80"}) {
        EXPECT_EQ(to_string(parse_ipv4_endpoint(text)), text);
    }
    EXPECT_EQ(parse_ipv4_endpoint("239.1.2.3:30001"), (Ipv4Endpoint{0xef010203, 30001}));
}

TEST(Ipv4Endpoint, WithoutAValidAddressIsRefusedWithAnExample) {
    for (const char* text :
         {":1", "239.1.1:1", "239.1.1.1.1:1", "239.1.1.256:1", "239.1.1.:1", "239.1..1:1",
          "239.1.1.01:1", "239.1.1.-1:1", "239.1.1.+1:1", " 239.1.1.1:1", "239.1.1.1 :1",
          "239.1.1.0x1:1", "localhost:1", "239.1.1.99999999999:1", "[::1]:1", "1:239.1.1.1:1"}) {
        const std::string message = refusal(parse_ipv4_endpoint, text);
        EXPECT_NE(message.find(std::string{text} + "\" does not start with"), std::string::npos)
            << text << ": " << message;
        EXPECT_NE(message.find("as in 239.1.1.1:30001"), std::string::npos) << message;
    }
}

TEST(Ipv4Endpoint, WithoutAValidPortIsRefusedWithTheRange) {
    for (const char* text : {"239.1.1.1:", "239.1.1.1:0", "239.1.1.1:65536", "239.1.1.1:070000",
                             "239.1.1.1:-1", "239.1.1.1:1x", "239.1.1.1: 1", "239.1.1.1:080"}) {
        const std::string message = refusal(parse_ipv4_endpoint, text);
        EXPECT_NE(message.find("number from 1 to 65535"), std::string::npos)
            << text << ": " << message;
    }
    EXPECT_NE(refusal(parse_ipv4_endpoint, "239.1.1.1").find("has no port"), std::string::npos);
    EXPECT_NE(refusal(parse_ipv4_endpoint, "").find("has no port"), std::string::npos);
}

TEST(MulticastEndpoint, MustBeAMulticastGroup) {
    EXPECT_EQ(to_string(parse_multicast_endpoint("224.0.0.0:1")), "224.0.0.0:1");
    EXPECT_EQ(to_string(parse_multicast_endpoint("239.255.255.255:1")), "239.255.255.255:1");
    for (const char* text : {"223.255.255.255:1", "240.0.0.0:1", "10.0.0.1:30001"}) {
        const std::string message = refusal(parse_multicast_endpoint, text);
        EXPECT_NE(message.find("is not a multicast group; use an address from 224.0.0.0"),
                  std::string::npos)
            << message;
    }
    EXPECT_NE(refusal(parse_multicast_endpoint, "239.1.1.1"), "");
}

TEST(Ipv4Address, IsReadAsWritten) {
    EXPECT_EQ(parse_ipv4_address("192.168.1.10"), 0xc0a8010aU);
    EXPECT_EQ(ipv4_to_string(0xc0a8010a), "192.168.1.10");
    EXPECT_NE(refusal(parse_ipv4_address, "192.168.1").find("is not an IPv4 address"),
              std::string::npos);
    EXPECT_NE(refusal(parse_ipv4_address, "1.2.3.4:5"), "");
}

}  // namespace
}  // namespace rxlab::wire
