// SPDX-License-Identifier: MIT
#include <rxlab/book/page_array.hpp>

#include <sys/mman.h>

#include <cerrno>
#include <new>
#include <string>
#include <system_error>

namespace rxlab::book::detail {

namespace {

constexpr std::size_t kHugePage_bytes = std::size_t{2} << 20;
constexpr std::size_t kCacheLine_bytes = 64;

std::align_val_t alignment_of(std::size_t bytes) noexcept {
    return std::align_val_t{bytes >= kHugePage_bytes ? kHugePage_bytes : kCacheLine_bytes};
}

}  // namespace

std::byte* reserve_pages(std::size_t bytes, const char* what) {
    void* const memory = ::operator new(bytes, alignment_of(bytes), std::nothrow);
    if (memory == nullptr) {
        throw std::system_error(ENOMEM, std::generic_category(),
                                "reserve " + std::to_string(bytes) + " bytes for " + what);
    }
    // Only advice: without huge pages everything works, with more TLB misses.
    if (bytes >= kHugePage_bytes) madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<std::byte*>(memory);
}

void release_pages(std::byte* memory, std::size_t bytes) noexcept {
    ::operator delete(memory, alignment_of(bytes));
}

}  // namespace rxlab::book::detail
