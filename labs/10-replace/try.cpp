// SPDX-License-Identifier: MIT
//
// Sends messages to a book with the learner's replace(), and looks at the book, its queues, its
// counters, and at what a user of its tops is told. Prints the first finding.
#include "tests/lib/book/messages.hpp"

#include <rxlab/book/book.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace rxlab::book;

constexpr std::uint16_t kStock = 7;

struct Recorder {
    std::vector<TopOfBook>* tops;
    void operator()(std::uint16_t, const TopOfBook& top) const noexcept { tops->push_back(top); }
};

struct Trial {
    explicit Trial(std::size_t levels_max = 100) : book{{100, levels_max}, {&tops}} {}

    void apply(const test::Bytes& message) { book.apply(message); }
    [[nodiscard]] std::vector<Level> levels(Side side, std::uint16_t locate = kStock) const {
        std::vector<Level> found(10);
        found.resize(book.depth(locate, side, found));
        return found;
    }
    [[nodiscard]] std::vector<Level> bids() const { return levels(Side::bid); }
    [[nodiscard]] std::vector<Level> asks() const { return levels(Side::ask); }
    [[nodiscard]] const BookCounters& counters() const { return book.counters(); }

    std::vector<TopOfBook> tops;
    BasicBook<FifoStore, Recorder> book;
};

[[noreturn]] void wrong(const char* finding, const std::string& what) {
    std::printf("finding %s %s\n", finding, what.c_str());
    std::exit(1);
}

std::string text(const std::vector<Level>& levels) {
    std::string said;
    for (const Level& level : levels) {
        said += said.empty() ? "" : ", ";
        said += std::to_string(level.shares) + " at " + std::to_string(level.price);
    }
    return said.empty() ? "nothing" : said;
}

using Levels = std::vector<Level>;

void keeps_side_and_takes_the_rest_from_the_message() {
    Trial trial;
    trial.apply(test::add(kStock, 1, 'S', 100, 50));
    trial.apply(test::replace(kStock, 1, 2, 30, 60));
    const std::string what = "a sell order of 100 at 50 was replaced by 30 at 60; offered is " +
                             text(trial.asks()) + ", bid is " + text(trial.bids());
    if (trial.book.orders() == 0) wrong("no-new-order", what);
    if (!trial.bids().empty()) wrong("wrong-side", what);
    if (trial.book.orders() > 1 || trial.asks() == Levels{{50, 1, 100}}) wrong("old-stays", what);
    if (trial.asks() != Levels{{60, 1, 30}}) wrong("wrong-shares", what);
    trial.apply(test::remove(kStock, 1));
    trial.apply(test::remove(kStock, 2));
    if (trial.book.orders() != 0 || trial.counters().unknown_reference != 1)
        wrong("wrong-reference", "order 1 was replaced by 2; then 1 could be deleted, or 2 not");
}

void belongs_to_its_symbol() {
    Trial trial;
    trial.apply(test::add(kStock, 1, 'B', 100, 50));
    trial.apply(test::replace(9, 1, 2, 70, 51));
    if (trial.bids() != Levels{{51, 1, 70}} || !trial.levels(Side::bid, 9).empty())
        wrong("wrong-symbol",
              "an order of symbol 7 was replaced by a message with 9; bid for 7 is " +
                  text(trial.bids()) + ", for 9 " + text(trial.levels(Side::bid, 9)));
}

void may_reuse_its_reference() {
    Trial trial;
    trial.apply(test::add(kStock, 1, 'B', 100, 50));
    trial.apply(test::replace(kStock, 1, 1, 60, 49));
    if (trial.bids() != Levels{{49, 1, 60}})
        wrong("own-reference", "order 1 of 100 at 50 was replaced by order 1 of 60 at 49; bid is " +
                                   text(trial.bids()));
}

void ends_the_old_order_where_the_new_one_is_refused() {
    Trial none;
    none.apply(test::add(kStock, 1, 'B', 100, 50));
    none.apply(test::replace(kStock, 1, 2, 0, 50));
    if (none.bids() == Levels{{50, 1, 100}})
        wrong("old-stays", "100 at 50 were replaced by 0 shares; bid is " + text(none.bids()));
    if (none.book.orders() != 0 || none.counters().zero_shares != 1 ||
        none.counters().replaces != 0)
        wrong("not-counted", "replaced by 0 shares; zero_shares is " +
                                 std::to_string(none.counters().zero_shares) + ", and there are " +
                                 std::to_string(none.book.orders()) + " orders");

    Trial taken;
    taken.apply(test::add(kStock, 1, 'B', 100, 50));
    taken.apply(test::add(kStock, 2, 'B', 200, 51));
    taken.apply(test::replace(kStock, 1, 2, 60, 52));
    const std::string what =
        "order 1 was replaced by an order 2, which was there; bid is " + text(taken.bids());
    if (taken.bids() == Levels{{51, 1, 200}, {50, 1, 100}}) wrong("old-stays", what);
    if (taken.bids() != Levels{{51, 1, 200}}) wrong("two-of-one-reference", what);
    if (taken.counters().duplicate_reference != 1 || taken.counters().replaces != 0)
        wrong("not-counted", what + "; duplicate_reference is " +
                                 std::to_string(taken.counters().duplicate_reference));
}

void loses_its_place() {
    Trial trial;
    trial.apply(test::add(kStock, 1, 'B', 100, 50));
    trial.apply(test::add(kStock, 2, 'B', 100, 50));
    trial.apply(test::replace(kStock, 1, 1, 90, 50));
    std::vector<QueuedOrder> queue(2);
    trial.book.store().queue(kStock, Side::bid, 50, queue);
    if (queue.front().reference != 2)
        wrong("keeps-its-place",
              "order 1 stood before 2, was replaced by 90 shares at its price, and still does");
}

void is_one_change_for_who_watches() {
    Trial trial;
    trial.apply(test::add(kStock, 1, 'B', 100, 50));
    trial.apply(test::add(kStock, 2, 'B', 100, 40));
    trial.tops.clear();
    trial.apply(test::replace(kStock, 1, 3, 100, 51));
    if (trial.tops.empty())
        wrong("tells-nobody", "the best bid went from 50 to 51, and nobody was told");
    if (trial.tops.size() > 1)
        wrong("shows-in-between",
              "the best bid went from 50 to 51; the user saw " +
                  (trial.tops[0].bid ? std::to_string(trial.tops[0].bid->price) : "no bid") +
                  " in between");
}

void is_counted() {
    Trial applied;
    applied.apply(test::add(kStock, 1, 'B', 100, 50));
    applied.apply(test::replace(kStock, 1, 2, 60, 51));
    if (applied.counters().replaces != 1)
        wrong("not-counted",
              "one replace; `replaces` is " + std::to_string(applied.counters().replaces));
    Trial full{1};
    full.apply(test::add(kStock, 1, 'B', 100, 50));
    full.apply(test::add(kStock, 2, 'B', 100, 50));
    full.apply(test::replace(kStock, 1, 3, 60, 51));
    if (full.counters().levels_over_capacity != 1 || full.counters().replaces != 0)
        wrong("not-counted",
              "a book of one level had no room for a second; levels_over_capacity is " +
                  std::to_string(full.counters().levels_over_capacity));
}

}  // namespace

int main() {
    keeps_side_and_takes_the_rest_from_the_message();
    belongs_to_its_symbol();
    may_reuse_its_reference();
    ends_the_old_order_where_the_new_one_is_refused();
    loses_its_place();
    is_one_change_for_who_watches();
    is_counted();
    return 0;
}
