// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <rxlab/wire/itch_book.hpp>

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace rxlab::book_bench {
namespace {

// Every field of a message about orders, added up.
std::uint64_t sum_of(const wire::itch::BookMessage& m) noexcept {
    return m.stock_locate + m.tracking_number + m.timestamp + m.order_reference + m.second +
           m.shares + m.price + m.attribution + static_cast<unsigned char>(m.flag);
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
    while (!frames.done()) {
        const book::MessageView message = frames.next();
        const wire::itch::BookMessage m = wire::itch::decode_book_message(message);
        if (m.action != wire::itch::BookAction::none) [[likely]] {
            sum += sum_of(m);
        } else {  // other types are recognised, but not read
            wire::itch::visit(message, [&sum](const auto& other) { sum += sizeof(other); });
        }
    }
    use(sum);
    return watch.elapsed_ns() / static_cast<double>(day.messages);
}

}  // namespace rxlab::book_bench
