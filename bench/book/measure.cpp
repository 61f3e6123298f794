// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <rxlab/wire/itch.hpp>

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace rxlab::book_bench {
namespace {

// What a book reads of a message, added up: found as BasicBook finds it, through the same structs.
std::uint64_t sum_of(book::MessageView message) noexcept {
    using namespace wire::itch;
    const BookType type = book_type(message);
    switch (type.action) {
        case BookAction::add: {
            const auto& m = wire::overlay<BookAdd>(message);
            return m.header.stock_locate + m.order_reference + m.shares + m.price +
                   std::to_integer<std::uint64_t>(message[type.side_at]);
        }
        case BookAction::reduce: {
            const auto& m = wire::overlay<BookReduce>(message);
            return m.header.stock_locate + m.order_reference + m.cancelled_shares;
        }
        case BookAction::remove: {
            const auto& m = wire::overlay<OrderDelete>(message);
            return m.header.stock_locate + m.order_reference;
        }
        case BookAction::replace: {
            const auto& m = wire::overlay<OrderReplace>(message);
            return m.header.stock_locate + m.order_reference + m.new_order_reference + m.shares +
                   m.price;
        }
        case BookAction::none:
            break;
    }
    std::uint64_t locate = 0;
    visit(message, [&locate](const auto& m) { locate = m.header.stock_locate; });
    return locate;
}

}  // namespace

std::uint64_t resident_bytes() {
    std::ifstream statm{"/proc/self/statm"};  // proc(5): numbers of pages; the third is of files
    std::uint64_t size = 0, resident = 0, shared = 0;
    statm >> size >> resident >> shared;
    return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void empty_caches() {
    constexpr std::size_t kBytes = std::size_t{128} << 20;
    static std::vector<std::byte> memory(kBytes);
    for (std::size_t i = 0; i < kBytes; i += 64) {
        memory[i] ^= std::byte{1};
    }
    use(std::to_integer<std::uint64_t>(memory[0]));
}

void release_memory() {
    ::malloc_trim(0);
}

double decode_ns(const Day& day) {
    Frames frames{day.frames};
    std::uint64_t sum = 0;
    const Stopwatch watch;
    while (!frames.done())
        sum += sum_of(frames.next());
    use(sum);
    return watch.elapsed_ns() / static_cast<double>(day.messages);
}

}  // namespace rxlab::book_bench
