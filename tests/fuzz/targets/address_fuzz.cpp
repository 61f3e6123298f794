// SPDX-License-Identifier: MIT
//
// Any text as an address or a group, as it comes from a command line: there is one way to write
// each, so what is understood is written back as it was.
#include "fuzz.hpp"

#include <rxlab/wire/address.hpp>

#include <stdexcept>
#include <string>

namespace rxlab::fuzz {
namespace {

template <typename Parse, typename Print>
void check(const std::string& text, Parse&& parse, Print&& print) {
    try {
        REQUIRE(print(parse(text)) == text);
    } catch (const std::invalid_argument& error) {
        REQUIRE(error.what()[0] != '\0');
    }
}

}  // namespace
}  // namespace rxlab::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab;
    const std::string text{reinterpret_cast<const char*>(data), size};
    const auto print = [](const wire::Ipv4Endpoint& endpoint) { return wire::to_string(endpoint); };
    fuzz::check(text, wire::parse_ipv4_address, wire::ipv4_to_string);
    fuzz::check(text, wire::parse_ipv4_endpoint, print);
    fuzz::check(
        text,
        [](const std::string& group) {
            const wire::Ipv4Endpoint endpoint = wire::parse_multicast_endpoint(group);
            REQUIRE(wire::is_multicast(endpoint) && endpoint.port != 0);
            return endpoint;
        },
        print);
    return 0;
}
