// SPDX-License-Identifier: MIT
//
// Sources and transmitters for the tests of streams and senders.
#pragma once

#include "feedsim/market/message_source.hpp"
#include "feedsim/send/transmitter.hpp"

#include <rxlab/wire/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::feedsim::test {

using Bytes = std::vector<std::byte>;

inline constexpr std::uint64_t kMillisecond_ns = 1'000'000;

// `count` messages: each holds its number, from 1, in the last of `bytes` bytes.
class CountingSource final : public MessageSource {
  public:
    explicit CountingSource(std::uint64_t count, std::size_t bytes = 19)
        : count_{count}, memory_(bytes, std::byte{'D'}) {}

    std::span<const std::byte> next() noexcept override {
        if (given_ == count_) return {};
        memory_.back() = static_cast<std::byte>(++given_ & 0xff);
        return memory_;
    }

  private:
    std::uint64_t count_;
    std::uint64_t given_ = 0;
    Bytes memory_;
};

struct Sent {
    latency::Ticks time;
    std::string session;
    std::uint64_t sequence;
    std::uint16_t count;
    Bytes payload;
};

// Keeps what was sent; answers as it is told from packet `fail_from` on.
class RecordingTransmitter final : public Transmitter {
  public:
    explicit RecordingTransmitter(std::vector<Sent>& log) : log_{log} {}
    RecordingTransmitter(std::vector<Sent>& log, std::size_t fail_from, SendResult result)
        : log_{log}, fail_from_{fail_from}, result_{result} {}

    SendResult send(std::span<const std::byte> payload, latency::Ticks now) noexcept override {
        const auto& header = wire::overlay<wire::mold::Header>(payload);
        log_.push_back({now, std::string{header.session.view()}, header.sequence,
                        header.message_count, Bytes(payload.begin(), payload.end())});
        return sent_++ < fail_from_ ? SendResult::sent : result_;
    }
    std::string failure() const override { return "send: told to fail"; }

  private:
    std::vector<Sent>& log_;
    std::size_t sent_ = 0;
    std::size_t fail_from_ = ~std::size_t{0};
    SendResult result_ = SendResult::sent;
};

// The messages of a data packet.
inline std::vector<Bytes> messages_of(std::span<const std::byte> payload) {
    std::vector<Bytes> messages;
    (void)wire::mold::for_each_message(payload, [&](std::span<const std::byte> message) {
        messages.emplace_back(message.begin(), message.end());
    });
    return messages;
}

}  // namespace rxlab::feedsim::test
