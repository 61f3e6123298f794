// SPDX-License-Identifier: MIT
//
// Holds the generated structs against offsets typed from the specification (TotalView-ITCH 5.0),
// independently of the tables in itch.hpp.
#include "test_bytes.hpp"

#include <rxlab/wire/itch.hpp>

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace rxlab::wire::itch {
namespace {

struct Field {
    std::size_t offset;
    std::size_t size;
};
struct Layout {
    std::size_t length;
    std::map<std::string, Field> fields;
};

const std::map<char, Layout>& specification() {
    static const std::map<char, Layout> kLayouts{
        {'S', {12, {{"event_code", {11, 1}}}}},
        {'R',
         {39,
          {{"stock", {11, 8}},
           {"market_category", {19, 1}},
           {"financial_status", {20, 1}},
           {"round_lot_size", {21, 4}},
           {"round_lots_only", {25, 1}},
           {"issue_classification", {26, 1}},
           {"issue_subtype", {27, 2}},
           {"authenticity", {29, 1}},
           {"short_sale_threshold", {30, 1}},
           {"ipo_flag", {31, 1}},
           {"luld_reference_price_tier", {32, 1}},
           {"etp_flag", {33, 1}},
           {"etp_leverage_factor", {34, 4}},
           {"inverse_indicator", {38, 1}}}}},
        {'H',
         {25,
          {{"stock", {11, 8}},
           {"trading_state", {19, 1}},
           {"reserved", {20, 1}},
           {"reason", {21, 4}}}}},
        {'A',
         {36,
          {{"order_reference", {11, 8}},
           {"side", {19, 1}},
           {"shares", {20, 4}},
           {"stock", {24, 8}},
           {"price", {32, 4}}}}},
        {'F',
         {40,
          {{"order_reference", {11, 8}},
           {"side", {19, 1}},
           {"shares", {20, 4}},
           {"stock", {24, 8}},
           {"price", {32, 4}},
           {"attribution", {36, 4}}}}},
        {'E',
         {31,
          {{"order_reference", {11, 8}}, {"executed_shares", {19, 4}}, {"match_number", {23, 8}}}}},
        {'C',
         {36,
          {{"order_reference", {11, 8}},
           {"executed_shares", {19, 4}},
           {"match_number", {23, 8}},
           {"printable", {31, 1}},
           {"execution_price", {32, 4}}}}},
        {'X', {23, {{"order_reference", {11, 8}}, {"cancelled_shares", {19, 4}}}}},
        {'D', {19, {{"order_reference", {11, 8}}}}},
        {'U',
         {35,
          {{"order_reference", {11, 8}},
           {"new_order_reference", {19, 8}},
           {"shares", {27, 4}},
           {"price", {31, 4}}}}},
        {'P',
         {44,
          {{"order_reference", {11, 8}},
           {"side", {19, 1}},
           {"shares", {20, 4}},
           {"stock", {24, 8}},
           {"price", {32, 4}},
           {"match_number", {36, 8}}}}},
        {'Q',
         {40,
          {{"shares", {11, 8}},
           {"stock", {19, 8}},
           {"cross_price", {27, 4}},
           {"match_number", {31, 8}},
           {"cross_type", {39, 1}}}}},
        {'B', {19, {{"match_number", {11, 8}}}}},
        {'I',
         {50,
          {{"paired_shares", {11, 8}},
           {"imbalance_shares", {19, 8}},
           {"imbalance_direction", {27, 1}},
           {"stock", {28, 8}},
           {"far_price", {36, 4}},
           {"near_price", {40, 4}},
           {"reference_price", {44, 4}},
           {"cross_type", {48, 1}},
           {"price_variation", {49, 1}}}}},
        {'Y', {20, {}}},
        {'L', {26, {}}},
        {'V', {35, {}}},
        {'W', {12, {}}},
        {'K', {28, {}}},
        {'J', {35, {}}},
        {'h', {21, {}}},
        {'N', {20, {}}},
        {'O', {48, {}}},
    };
    return kLayouts;
}

// Checks one message against the table: each field's bytes, and that none is left out.
class FieldsAgainstTable {
  public:
    FieldsAgainstTable(const Layout& layout, std::span<const std::byte> message)
        : layout_{layout}, message_{message} {}

    template <std::size_t N>
    void operator()(std::string_view name, const BigEndian<N>& field) {
        const auto [offset, size] = find(name);
        EXPECT_EQ(N, size) << name;
        EXPECT_EQ(field.get(), test::number_at(message_, offset, size)) << name;
    }
    template <std::size_t N>
    void operator()(std::string_view name, const Text<N>& field) {
        const auto [offset, size] = find(name);
        ASSERT_EQ(N, size) << name;
        const auto* text = reinterpret_cast<const char*>(message_.data()) + offset;
        EXPECT_EQ(field.padded(), std::string_view(text, size)) << name;
    }
    [[nodiscard]] std::size_t seen() const { return seen_.size(); }

  private:
    Field find(std::string_view name) {
        const auto found = layout_.fields.find(std::string{name});
        EXPECT_NE(found, layout_.fields.end()) << name;
        EXPECT_TRUE(seen_.insert(std::string{name}).second) << name;
        return found == layout_.fields.end() ? Field{0, 0} : found->second;
    }

    const Layout& layout_;
    std::span<const std::byte> message_;
    std::set<std::string> seen_;
};

TEST(ItchLayout, LengthsAreTheSpecifications) {
    for (int type = 0; type < 256; ++type) {
        const auto found = specification().find(static_cast<char>(type));
        const std::size_t expected = found == specification().end() ? 0 : found->second.length;
        EXPECT_EQ(message_length(static_cast<char>(type)), expected) << "type " << type;
    }
}

TEST(ItchLayout, FieldsLieAtTheSpecificationsOffsets) {
    std::mt19937_64 random{2};
    for (const auto& [type, layout] : specification()) {
        if (layout.fields.empty()) continue;
        test::Bytes message = test::random_bytes(random, layout.length);
        message[0] = static_cast<std::byte>(type);
        FieldsAgainstTable check{layout, message};
        const Status status =
            visit(message, [&check](const auto& view) { for_each_field(view, check); });
        EXPECT_EQ(status, Status::ok) << type;
        EXPECT_EQ(check.seen(), layout.fields.size()) << type;
    }
}

TEST(ItchLayout, HeaderFieldsLieAtTheSpecificationsOffsets) {
    std::mt19937_64 random{3};
    for (const auto& [type, layout] : specification()) {
        test::Bytes message = test::random_bytes(random, layout.length);
        message[0] = static_cast<std::byte>(type);
        const Status status = visit(message, [&](const auto& view) {
            EXPECT_EQ(view.header.type.front(), type);
            EXPECT_EQ(view.header.stock_locate.get(), test::number_at(message, 1, 2));
            EXPECT_EQ(view.header.tracking_number.get(), test::number_at(message, 3, 2));
            EXPECT_EQ(view.header.timestamp.get(), test::number_at(message, 5, 6));
        });
        EXPECT_EQ(status, Status::ok) << type;
    }
}

}  // namespace
}  // namespace rxlab::wire::itch
