// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <malloc.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

namespace rxlab::book_bench {
namespace {

// Adds up every field of a message that concerns a book; others are only told apart.
struct FieldSum {
    std::uint64_t& sum;

    template <typename Message>
    void operator()(const Message& m) noexcept {
        using namespace wire::itch;
        if constexpr (is_any<Message, AddOrder, AddOrderMpid, OrderExecuted, OrderExecutedPrice,
                             OrderCancel, OrderDelete, OrderReplace>) {
            sum += m.header.stock_locate + m.header.tracking_number + m.header.timestamp;
            for_each_field(m, [&](std::string_view, const auto& field) { sum += value(field); });
        }
    }

  private:
    template <typename T, typename... Types>
    static constexpr bool is_any = (std::is_same_v<T, Types> || ...);

    template <std::size_t N>
    static std::uint64_t value(const wire::BigEndian<N>& field) noexcept {
        return field;
    }
    template <std::size_t N>
    static std::uint64_t value(const wire::Text<N>& field) noexcept {
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, field.padded().data(), N);
        return bytes;
    }
};

}  // namespace

std::uint64_t resident_bytes() {
    std::ifstream statm{"/proc/self/statm"};  // proc(5): pages; the third is of files
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
        wire::itch::visit(frames.next(), FieldSum{sum});
    }
    use(sum);
    return watch.elapsed_ns() / static_cast<double>(day.messages);
}

}  // namespace rxlab::book_bench
