// SPDX-License-Identifier: MIT
#pragma once

namespace rxlab::rx {

// For a loop that polls memory which another core writes to, after a poll that found nothing: the
// processor pauses for a moment. Without it, the loop reads the cache line as fast as it can, and
// each read takes it away from the core that is about to write to it: the kernel then waits for it
// several times while it fills in one frame's header. It also keeps the processor from running
// ahead into reads that the write will make void.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield" ::: "memory");
#endif
}

}  // namespace rxlab::rx
