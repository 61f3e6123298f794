// SPDX-License-Identifier: MIT
/*
 * Drives the learner's ring.c from one thread, as driver and as consumer. Prints the first finding.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver_ring.h"
#include <asm/barrier.h>

#define SLOTS 4

unsigned int rxlab_acquired; /* counted by the shim */

static struct rxlab_ring ring;

static void begin(u32 number)
{
	static void *memory, *doorbell;

	free(memory);
	free(doorbell);
	memory = calloc(1, rxlab_ring_memory_bytes(SLOTS));
	doorbell = calloc(1, sizeof(struct rxlab_ring_doorbell));
	rxlab_ring_init(&ring, memory, doorbell, SLOTS);
	ring.memory->produced = number;
	ring.doorbell->consumed = number;
}

static void wrong(const char *finding, const char *what)
{
	printf("finding %s %s\n", finding, what);
	exit(1);
}

static void push(void)
{
	memset(rxlab_ring_free_slot(&ring), 'x', 64);
	rxlab_ring_publish(&ring, 64);
}

/* From empty to full and back. `at`: what to call it if it goes wrong. */
static void cycle(u32 number, const char *too_few, const char *too_many)
{
	char text[120];
	int i;

	begin(number);
	for (i = 0; i < SLOTS; i++) {
		snprintf(text, sizeof(text), "%d of %d slots are in use, and there is no room", i, SLOTS);
		if (!rxlab_ring_has_room(&ring))
			wrong(i == 0 ? "never-room" : too_few, text);
		push();
		snprintf(text, sizeof(text), "after %d packets, rxlab_ring_fill() says %d", i + 1,
			 rxlab_ring_fill(&ring));
		if (rxlab_ring_fill(&ring) != i + 1)
			wrong(number ? "wrap" : "wrong-fill", text);
	}
	snprintf(text, sizeof(text), "all %d slots are in use, and there is room for one more", SLOTS);
	if (rxlab_ring_has_room(&ring))
		wrong(too_many, text);
	ring.doorbell->consumed++;
	if (!rxlab_ring_has_room(&ring))
		wrong(too_few, "one packet was given back, and there is no room");
}

static void lie(u32 consumed, const char *what)
{
	begin(1000);
	ring.doorbell->consumed = consumed;
	if (rxlab_ring_has_room(&ring) || rxlab_ring_fill(&ring) >= 0)
		wrong("trusts", what);
}

int main(void)
{
	cycle(0, "one-too-few", "one-too-many");
	cycle(0xfffffffe, "wrap", "wrap");
	lie(1001, "`consumed` was 1 more than `produced`, and that was believed");
	lie(1000 - SLOTS - 1, "`consumed` was 5 less than `produced`, in a ring of 4, and that was believed");
	rxlab_acquired = 0;
	rxlab_ring_fill(&ring);
	if (rxlab_acquired == 0)
		wrong("no-acquire", "no smp_load_acquire() reads `consumed`");
	return 0;
}
