// SPDX-License-Identifier: MIT
//
// apply() must not allocate: this program counts every call of the global operator new.
#include "stream.hpp"

#include <rxlab/book/book.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

namespace {

std::uint64_t allocations = 0;

void* counted(std::size_t bytes, std::size_t alignment = 16) noexcept {
    ++allocations;
    const std::size_t blocks = std::max<std::size_t>(1, (bytes + alignment - 1) / alignment);
    return std::aligned_alloc(alignment, blocks * alignment);
}

void* counted(std::size_t bytes, std::align_val_t alignment) noexcept {
    return counted(bytes, static_cast<std::size_t>(alignment));
}

void* or_throw(void* memory) {
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}

// Out of line: GCC 12 takes a free() that it sees inlined into a delete for a mismatch.
[[gnu::noinline]] void release(void* memory) {
    std::free(memory);
}

}  // namespace

// Every form that may be called, because a sanitizer's own forms do not end in these.
using Size = std::size_t;
using Alignment = std::align_val_t;
void* operator new(Size n) {
    return or_throw(counted(n));
}
void* operator new[](Size n) {
    return or_throw(counted(n));
}
void* operator new(Size n, Alignment a) {
    return or_throw(counted(n, a));
}
void* operator new[](Size n, Alignment a) {
    return or_throw(counted(n, a));
}
void* operator new(Size n, const std::nothrow_t&) noexcept {
    return counted(n);
}
void* operator new[](Size n, const std::nothrow_t&) noexcept {
    return counted(n);
}
void* operator new(Size n, Alignment a, const std::nothrow_t&) noexcept {
    return counted(n, a);
}
void* operator new[](Size n, Alignment a, const std::nothrow_t&) noexcept {
    return counted(n, a);
}
void operator delete(void* p) noexcept {
    release(p);
}
void operator delete[](void* p) noexcept {
    release(p);
}
void operator delete(void* p, Size) noexcept {
    release(p);
}
void operator delete[](void* p, Size) noexcept {
    release(p);
}
void operator delete(void* p, Alignment) noexcept {
    release(p);
}
void operator delete[](void* p, Alignment) noexcept {
    release(p);
}
void operator delete(void* p, Size, Alignment) noexcept {
    release(p);
}
void operator delete[](void* p, Size, Alignment) noexcept {
    release(p);
}
void operator delete(void* p, const std::nothrow_t&) noexcept {
    release(p);
}
void operator delete[](void* p, const std::nothrow_t&) noexcept {
    release(p);
}

namespace rxlab::book {
namespace {

TEST(BookAllocation, IsCountedByThisProgram) {
    const std::uint64_t before = allocations;
    const Book book{{1'000, 1'000}};
    EXPECT_GE(allocations - before, 4U);
}

template <typename B>
class BookAllocationOf : public testing::Test {};
using FixedLayouts = testing::Types<Book, FifoBook>;
TYPED_TEST_SUITE(BookAllocationOf, FixedLayouts);

TYPED_TEST(BookAllocationOf, DoesNotHappenAfterConstruction) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        test::Stream stream{seed};
        std::vector<test::Bytes> messages;
        for (int i = 0; i < 2'000; ++i) {
            messages.push_back(stream.next());
        }
        const std::vector<MessageView> views{messages.begin(), messages.end()};
        TypeParam book{{300, 200}};
        const std::uint64_t before = allocations;
        std::uint64_t used = 0;
        for (const MessageView message : views) {
            book.apply(message);
            used += book.top(1).bid.has_value();
        }
        book.apply_batch(views);
        used += book.digest();
        book.clear();
        book.apply_batch(views);
        ASSERT_EQ(allocations, before) << "seed " << seed << ' ' << used;
    }
}

}  // namespace
}  // namespace rxlab::book
