// SPDX-License-Identifier: MIT
//
// apply() must not allocate: this program counts every call of the global operator new.
#include "stream.hpp"

#include <rxlab/book/book.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

namespace {

std::uint64_t allocations = 0;

void* counted(std::size_t bytes, std::size_t alignment) noexcept {
    ++allocations;
    return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

void* counted_or_throw(std::size_t bytes, std::size_t alignment) {
    void* const memory = counted(bytes == 0 ? 1 : bytes, alignment);
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}

}  // namespace

// The other forms of new and delete end in these.
void* operator new(std::size_t bytes) {
    return counted_or_throw(bytes, 16);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return counted_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace rxlab::book {
namespace {

TEST(BookAllocation, IsCountedByThisProgram) {
    const std::uint64_t before = allocations;
    const Book book{{1'000, 1'000}};
    EXPECT_GE(allocations - before, 4U);
}

TEST(BookAllocation, DoesNotHappenAfterConstruction) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        test::Stream stream{seed};
        std::vector<test::Bytes> messages;
        for (int i = 0; i < 2'000; ++i) {
            messages.push_back(stream.next());
        }
        Book book{{300, 200}};
        const std::uint64_t before = allocations;
        std::uint64_t used = 0;
        for (const test::Bytes& message : messages) {
            book.apply(message);
            used += book.top(1).bid.has_value();
        }
        used += book.digest();
        ASSERT_EQ(allocations, before) << "seed " << seed << ' ' << used;
    }
}

}  // namespace
}  // namespace rxlab::book
