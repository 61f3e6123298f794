// SPDX-License-Identifier: MIT
#include "feedsim/market/replay.hpp"

#include <rxlab/wire/itch_census.hpp>

#include <cstdint>
#include <exception>

namespace rxlab::feedsim {

std::string Replay::complaint() const {
    constexpr std::uint64_t kEnough = 1'000;
    wire::ItchCensus census;
    try {
        for (const std::span<const std::byte> message : file_) {
            census.count(message);
            if (census.messages == kEnough) break;
        }
    } catch (const std::exception&) {  // next() reports it when it gets there
    }
    return census.complaint();
}

std::span<const std::byte> Replay::next() noexcept {
    if (!failure_.empty()) return {};
    try {
        if (!position_) {
            position_ = file_.begin();
        } else if (*position_ != file_.end()) {
            ++*position_;
        }
    } catch (const std::exception& error) {  // a message is cut short, so the run is over anyway
        failure_ = error.what();
        return {};
    }
    return *position_ == file_.end() ? std::span<const std::byte>{} : **position_;
}

}  // namespace rxlab::feedsim
