// SPDX-License-Identifier: MIT
#include "counted.hpp"

#include <cerrno>
#include <cstddef>

namespace {

thread_local std::uint64_t count = 0;

}  // namespace

namespace rxlab::test {

std::uint64_t allocations() noexcept {
    return count;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
bool allocations_are_counted() noexcept {
    return false;
}
#else
bool allocations_are_counted() noexcept {
    return true;
}
#endif

}  // namespace rxlab::test

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
// glibc's own names for what it calls malloc (manual, "Replacing malloc": all of these together).
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) {
    ++count;
    return __libc_malloc(bytes);
}
void* calloc(std::size_t items, std::size_t bytes) {
    ++count;
    return __libc_calloc(items, bytes);
}
void* realloc(void* memory, std::size_t bytes) {
    ++count;
    return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
    ++count;
    return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
    ++count;
    return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
    ++count;
    *out = __libc_memalign(alignment, bytes);
    return *out == nullptr ? ENOMEM : 0;
}
}
#endif
