// SPDX-License-Identifier: MIT
//
// Both ends of the ring, driver's and consumer's, as they are, in two threads of one process. Built
// with ThreadSanitizer, which knows from acquire and release what is ordered: where one of them is
// missing, it reports a race on the packets, also on x86, whose processors would forgive it.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

// The barrier between the two words of a wake-up is no part of what this tests, and ThreadSanitizer
// does not know fences. labs/04-doorbell looks at it.
#include <rxlab/ring.h>
#define rxlab_load(word) __atomic_load_n(word, __ATOMIC_RELAXED)
#define rxlab_load_acquire(word) __atomic_load_n(word, __ATOMIC_ACQUIRE)
#define rxlab_store_release(word, value) __atomic_store_n(word, value, __ATOMIC_RELEASE)
#define rxlab_full_barrier() std::atomic_signal_fence(std::memory_order_seq_cst)
#include <rxlab/ring_consumer.h>

extern "C" {
using u8 = std::uint8_t;
using u32 = std::uint32_t;
#include "kernel/ring/driver_ring.h"

unsigned int rxlab_acquired;  // counted by the shim
}

namespace {

constexpr u32 kSlots = 8;
constexpr u32 kPackets = 100'000;

struct Memory {
    explicit Memory(u32 first) : bytes(rxlab_ring_memory_bytes(kSlots)) {
        rxlab_ring_init(&ring, bytes.data(), &doorbell, kSlots);
        ring.memory->produced = doorbell.consumed = first;
        consumer = {-1, ring.memory, &doorbell, first};
    }
    std::vector<char> bytes;
    rxlab_ring_doorbell doorbell{};
    rxlab_ring ring{};
    rxlab_ring_consumer consumer{};
};

// Packets of different lengths, each full of its number.
u32 length_of(u32 number) {
    return 4 * (1 + number % 64);
}

void produce(rxlab_ring& ring) {
    for (u32 number = 0; number < kPackets;) {
        if (!rxlab_ring_has_room(&ring)) {
            std::this_thread::yield();
            continue;
        }
        auto* const slot = static_cast<u32*>(rxlab_ring_free_slot(&ring));
        for (u32 i = 0; i < length_of(number) / 4; ++i)
            slot[i] = number;
        rxlab_ring_publish(&ring, length_of(number));
        ++number;
    }
}

// Returns how many were not as they were sent.
u32 consume(rxlab_ring_consumer& ring) {
    u32 wrong = 0;
    for (u32 number = 0; number < kPackets;) {
        const u32 ready = rxlab_ring_ready(&ring);
        if (ready == 0) std::this_thread::yield();
        if (ready > kSlots) return kPackets;
        for (u32 i = 0; i < ready; ++i, ++number) {
            u32 length = 0;
            const auto* const packet =
                static_cast<const u32*>(rxlab_ring_packet(&ring, i, &length));
            bool is_right = length == length_of(number);
            for (u32 word = 0; word < length / 4; ++word)
                is_right &= packet[word] == number;
            wrong += is_right ? 0 : 1;
        }
        rxlab_ring_give_back(&ring, ready);
    }
    return wrong;
}

u32 pass_packets(u32 first) {
    Memory memory{first};
    std::thread driver{[&] { produce(memory.ring); }};
    const u32 wrong = consume(memory.consumer);
    driver.join();
    return wrong;
}

TEST(Ring, PassesEveryPacketWholeFromOneThreadToAnother) {
    EXPECT_EQ(pass_packets(0), 0U);
}

TEST(Ring, GoesOnWhereItsNumbersBeginAgain) {
    EXPECT_EQ(pass_packets(0xffffff00), 0U);
}

}  // namespace
