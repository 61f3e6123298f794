// SPDX-License-Identifier: MIT
//
// Any bytes as an Ethernet frame: down to its ITCH messages, and those into a book.
#include "fuzz.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <memory>
#include <set>

namespace rxlab::fuzz {
namespace {

// What a frame says is what a frame made of that says.
void check_rebuilt(const wire::UdpDatagram& datagram) {
    static std::array<std::byte, 70'000> memory;
    const bool has_vlan = datagram.vlan >= 1 && datagram.vlan <= 4'094;
    wire::UdpFrame fields;
    fields.source = datagram.source;
    fields.destination = datagram.destination;
    fields.source_port = datagram.source_port;
    fields.destination_port = datagram.destination_port;
    fields.vlan = has_vlan ? datagram.vlan : std::uint16_t{0};
    const Bytes frame = wire::build_udp_frame(memory, fields, datagram.payload);
    REQUIRE(!frame.empty());
    wire::UdpDatagram again{};
    REQUIRE(wire::parse_udp_frame(frame, again) == wire::FrameStatus::ok);
    REQUIRE(again.source == datagram.source && again.destination == datagram.destination);
    REQUIRE(again.source_port == datagram.source_port);
    REQUIRE(again.destination_port == datagram.destination_port);
    REQUIRE(again.vlan == fields.vlan);
    REQUIRE(same(again.payload, datagram.payload));
}

template <typename Message>
void check_message(const Message& message, Bytes bytes) {
    REQUIRE(bytes.size() >= sizeof(Message));  // fields that were added at its end are not known
    const Message copy = message;
    REQUIRE(same(wire::bytes_of(copy), bytes.first(sizeof(Message))));
    std::size_t field_bytes = sizeof(wire::itch::MessageHeader);
    wire::itch::for_each_field(
        message, [&](std::string_view, const auto& field) { field_bytes += sizeof(field); });
    REQUIRE(field_bytes == sizeof(Message));
}

// A book that is empty before and after each input, because making one costs a millisecond. What is
// left alive is deleted; that it is gone then is one of the claims.
class DayBook {
  public:
    void apply(Bytes message) {
        const book::BookCounters before = book_->counters();
        book_->apply(message);
        check_counted_once(before);
        (void)wire::itch::visit(message, [this](const auto& fields) {
            if constexpr (requires { fields.new_order_reference; }) {
                references_.insert(fields.new_order_reference);
            } else if constexpr (requires { fields.order_reference; }) {
                references_.insert(fields.order_reference);
            }
        });
        REQUIRE(book_->orders() <= kLimits.orders && book_->levels() <= kLimits.levels);
        REQUIRE((book_->orders() == 0) == (book_->levels() == 0));
    }
    void clear() {
        for (std::uint64_t reference : references_) {
            wire::itch::OrderDelete remove;
            remove.order_reference = reference;
            book_->apply(wire::bytes_of(remove));
        }
        references_.clear();
        REQUIRE(book_->orders() == 0 && book_->levels() == 0);
    }

  private:
    static constexpr book::BookLimits kLimits{.orders = 64, .levels = 32};

    void check_counted_once(const book::BookCounters& before) {
        std::uint64_t outcomes = 0;
        for (const book::NamedCounter& counter : book::kBookCounters) {
            const std::uint64_t grown = book_->counters().*counter.value - before.*counter.value;
            REQUIRE(grown <= 1);
            if (counter.name == "messages") REQUIRE(grown == 1);
            const bool is_remark =
                counter.name == "over_execution" || counter.name == "locate_mismatch";
            if (counter.name != "messages" && !is_remark) outcomes += grown;
        }
        REQUIRE(outcomes == 1);
    }

    std::unique_ptr<book::Book> book_ = std::make_unique<book::Book>(kLimits);
    std::set<std::uint64_t> references_;
};

void check_payload(Bytes payload, DayBook& book) {
    if (payload.size() < sizeof(wire::mold::Header)) return;
    std::size_t bytes = sizeof(wire::mold::Header);
    std::size_t messages = 0;
    const wire::mold::Status status = wire::mold::for_each_message(payload, [&](Bytes message) {
        REQUIRE(lies_within(message, payload));
        bytes += 2 + message.size();
        ++messages;
        const wire::itch::Status known =
            wire::itch::visit(message, [&](const auto& fields) { check_message(fields, message); });
        const std::size_t length =
            message.empty() ? 0 : wire::itch::message_length(std::to_integer<char>(message[0]));
        REQUIRE((known == wire::itch::Status::ok) == (length != 0 && message.size() >= length));
        book.apply(message);
    });
    const std::size_t count = wire::overlay<wire::mold::Header>(payload).message_count;
    if (status == wire::mold::Status::ok) {
        REQUIRE(bytes == payload.size());
        REQUIRE(messages == (count == wire::mold::kEndOfSession ? 0 : count));
    }
    REQUIRE(bytes <= payload.size() && messages <= count);
}

}  // namespace
}  // namespace rxlab::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rxlab;
    static fuzz::DayBook book;
    static wire::FrameCounters counters;
    const fuzz::Bytes frame = fuzz::bytes_of_input(data, size);
    const wire::UdpDatagram untouched{1, 2, 3, 4, {}, 5};
    wire::UdpDatagram datagram = untouched;
    const wire::FrameStatus status = wire::parse_udp_frame(frame, datagram);
    const std::uint64_t refused = counters.refused();
    counters.count(status);
    REQUIRE(!wire::to_string(status).empty());
    if (status != wire::FrameStatus::ok) {
        REQUIRE(counters.refused() == refused + 1);
        REQUIRE(datagram.source == 1 && datagram.destination == 2 && datagram.vlan == 5);
        return 0;
    }
    REQUIRE(fuzz::lies_within(datagram.payload, frame));
    REQUIRE(datagram.vlan <= 4'095);
    fuzz::check_rebuilt(datagram);
    fuzz::check_payload(datagram.payload, book);
    book.clear();
    return 0;
}
