// SPDX-License-Identifier: MIT
//
// Random ITCH streams for the tests: seeded, each with its own mix of sense and nonsense.
#pragma once

#include "messages.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace rxlab::book::test {

class Stream {
  public:
    explicit Stream(std::uint64_t seed) : random_{seed} {
        locates_ = pick<std::uint32_t>({1, 3, 50, 60'000});
        references_ = pick<std::uint64_t>({4, 30, 500, 0});
        prices_ = pick<std::uint32_t>({3, 40, 1'000, 0});
        shares_ = pick<std::uint32_t>({10, 1'000, 0xffffffff});
        nonsense_percent_ = pick<std::uint32_t>({0, 2, 30});
    }

    Bytes next() {
        Bytes message = sensible();
        if (chance(nonsense_percent_)) spoil(message);
        return message;
    }

    std::uint64_t random() { return random_(); }

  private:
    template <typename T>
    T pick(std::initializer_list<T> values) {
        return values.begin()[random_() % values.size()];
    }
    bool chance(std::uint32_t percent) { return random_() % 100 < percent; }
    bool nonsense() { return chance(nonsense_percent_); }

    Bytes sensible() {
        const std::uint64_t kind = random_() % 100;
        if (kind < 45) return any_add();
        const std::uint64_t reference = old_reference();
        const std::uint16_t where = chance(3) ? any_locate() : locate_of(reference);
        if (kind < 55) return execute(where, reference, any_shares());
        if (kind < 60) return execute_at(where, reference, any_shares(), any_price());
        if (kind < 68) return cancel(where, reference, any_shares());
        if (kind < 80) return remove(where, reference);
        if (kind < 97) return any_replace(where, reference);
        return other();
    }

    Bytes any_add() {
        const std::uint64_t reference = new_reference();
        const std::uint16_t where = nonsense() ? std::uint16_t{0} : locate_of(reference);
        const char side = nonsense() ? static_cast<char>(random_()) : pick({'B', 'S'});
        const std::uint32_t shares = any_shares();
        const std::uint32_t price = any_price();
        return chance(30) ? add_mpid(where, reference, side, shares, price)
                          : add(where, reference, side, shares, price);
    }

    Bytes any_replace(std::uint16_t where, std::uint64_t reference) {
        const std::uint64_t fresh = chance(5)    ? reference
                                    : nonsense() ? old_reference()
                                                 : new_reference();
        return replace(where, reference, fresh, any_shares(), any_price());
    }

    // A type that never touches a book, with random contents.
    Bytes other() {
        Bytes message;
        const std::uint64_t wanted = random_() % 16;
        std::uint64_t index = 0;
        itch::for_each_message_type([&]<typename Message>() {
            constexpr char kType = Message::kType;
            if (std::string_view{"AFECXDU"}.find(kType) != std::string_view::npos) return;
            if (index++ != wanted) return;
            message.resize(sizeof(Message));
            for (std::byte& byte : message) {
                byte = static_cast<std::byte>(random_());
            }
            message[0] = static_cast<std::byte>(kType);
        });
        return message;
    }

    void spoil(Bytes& message) {
        switch (random_() % 4) {
            case 0:
                message.resize(random_() % (message.size() + 1));
                break;
            case 1:
                message.resize(message.size() + 1 + random_() % 20);
                break;
            case 2:
                message[0] = static_cast<std::byte>(random_());
                break;
            default:
                message[random_() % message.size()] = static_cast<std::byte>(random_());
        }
    }

    std::uint64_t new_reference() {
        const std::uint64_t reference = references_ == 0 ? random_() : random_() % references_;
        used_.push_back(reference);
        return reference;
    }
    // Mostly a recent one; some never existed.
    std::uint64_t old_reference() {
        if (used_.empty() || chance(2)) return random_();
        const std::size_t recent = std::min<std::size_t>(used_.size(), 40);
        return used_[used_.size() - 1 - random_() % recent];
    }
    std::uint16_t locate_of(std::uint64_t reference) const {
        return static_cast<std::uint16_t>(1 + reference * 0x9e3779b97f4a7c15U % locates_);
    }
    std::uint16_t any_locate() { return static_cast<std::uint16_t>(random_()); }
    std::uint32_t any_price() {
        const auto bits = static_cast<std::uint32_t>(random_());
        return prices_ == 0 ? bits : 1'000'000 + bits % prices_ * 100;
    }
    std::uint32_t any_shares() {
        if (chance(2)) return 0;
        return static_cast<std::uint32_t>(1 + random_() % shares_);
    }

    std::mt19937_64 random_;
    std::uint32_t locates_;
    std::uint64_t references_;  // 0: all 64 bits
    std::uint32_t prices_;      // 0: all 32 bits
    std::uint32_t shares_;
    std::uint32_t nonsense_percent_;
    std::vector<std::uint64_t> used_;
};

}  // namespace rxlab::book::test
