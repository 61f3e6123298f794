// SPDX-License-Identifier: MIT
//
// 1,000 messages of a NASDAQ day (2019-12-30, from 09:30:00). Exchange data is not part of this
// repository: the tests skip where the file is not there.
#include "test_bytes.hpp"

#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace rxlab::wire {
namespace {

class RealMessages : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(path_)) {
            GTEST_SKIP() << path_ << " is not there; exchange data is not part of the repository";
        }
    }

    const std::filesystem::path path_ = std::filesystem::path{RXLAB_SOURCE_DIR} /
                                        "../shared/data/nasdaq-itch50-20191230-1000msg.bin";
};

TEST_F(RealMessages, AreAllReadAndOfTheKnownTypes) {
    std::map<char, int> types;
    std::set<std::uint16_t> locates;
    std::uint64_t last_timestamp = 0;
    for (std::span<const std::byte> message : ItchFile{path_}) {
        const auto status = itch::visit(message, [&](const auto& view) {
            ++types[view.kType];
            locates.insert(view.header.stock_locate);
            EXPECT_GE(view.header.timestamp, last_timestamp);
            last_timestamp = view.header.timestamp;
        });
        EXPECT_EQ(status, itch::Status::ok);
    }
    const std::map<char, int> expected{{'A', 367}, {'U', 225}, {'F', 193}, {'D', 167},
                                       {'E', 28},  {'X', 6},   {'I', 4},   {'P', 4},
                                       {'Q', 4},   {'C', 1},   {'S', 1}};
    EXPECT_EQ(types, expected);
    EXPECT_EQ(locates.size(), 322U);
    constexpr std::uint64_t kHourNs = 3'600'000'000'000;
    EXPECT_GE(last_timestamp, 9 * kHourNs + kHourNs / 2);
    EXPECT_LT(last_timestamp, 16 * kHourNs);
}

TEST_F(RealMessages, HaveSensibleFields) {
    for (std::span<const std::byte> message : ItchFile{path_}) {
        if (std::to_integer<char>(message.front()) != 'A') continue;
        const auto& add = overlay<itch::AddOrder>(message);
        EXPECT_TRUE(add.side.front() == itch::kBuy || add.side.front() == itch::kSell);
        EXPECT_GT(add.shares.get(), 0U);
        EXPECT_LE(add.shares.get(), 1'000'000U);
        EXPECT_GT(add.price.get(), 0U);
        EXPECT_FALSE(add.stock.view().empty());
        for (char c : add.stock.view())
            EXPECT_TRUE(c > ' ' && c <= 'Z') << c;
    }
}

TEST_F(RealMessages, AreWrittenBackByteForByte) {
    const test::ScratchFile copy;
    const ItchFile original{path_};
    ItchFileWriter writer{copy.path()};
    for (std::span<const std::byte> message : original) {
        const auto status =
            itch::visit(message, [&](const auto& view) { writer.append(bytes_of(view)); });
        EXPECT_EQ(status, itch::Status::ok);
    }
    writer.close();
    EXPECT_EQ(writer.messages(), 1000U);
    EXPECT_EQ(copy.content(), test::exact(original.bytes()));
}

}  // namespace
}  // namespace rxlab::wire
