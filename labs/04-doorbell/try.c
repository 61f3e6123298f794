// SPDX-License-Identifier: MIT
/*
 * Calls the learner's rxlab_ring_give_back(), and looks at what it did to the shared words, and in
 * which order. Prints the first finding.
 */
#include <rxlab/ring.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum what { LOAD, STORE, BARRIER, RANG };

static struct event {
	enum what what;
	const void *word;
} events[64];
static int count;

static struct rxlab_ring_header memory;
static struct rxlab_ring_doorbell doorbell;

static void note(enum what what, const void *word)
{
	if (count < 64)
		events[count++] = (struct event){ what, word };
}

static __u32 noted_load(const __u32 *word)
{
	note(LOAD, word);
	return *word;
}

static void noted_store(__u32 *word, __u32 value)
{
	note(STORE, word);
	*word = value;
}

static int noted_ioctl(void)
{
	note(RANG, NULL);
	return 0;
}

#define rxlab_load(word) noted_load(word)
#define rxlab_load_acquire(word) noted_load(word)
#define rxlab_store_release(word, value) noted_store(word, value)
#define rxlab_full_barrier() note(BARRIER, NULL)
#define ioctl(...) noted_ioctl()
#include <rxlab/ring_consumer.h>

static void wrong(const char *finding, const char *what)
{
	printf("finding %s %s\n", finding, what);
	exit(1);
}

/* The place of the first such event, or -1. */
static int first(enum what what, const void *word)
{
	for (int i = 0; i < count; i++)
		if (events[i].what == what && events[i].word == word)
			return i;
	return -1;
}

/* Whether it rings, however it looks. */
static bool rings(int wanted)
{
	struct rxlab_ring_consumer ring = { -1, &memory, &doorbell, 5 };

	count = 0;
	memory.wants_doorbell = wanted;
	rxlab_ring_give_back(&ring, 3);
	return first(RANG, NULL) >= 0;
}

/* What is wrong where no function reads `wants_doorbell`. */
static void look_is_missing(void)
{
	if (rings(0))
		wrong("rings-always", "`wants_doorbell` was 0, and there was an ioctl()");
	if (rings(1))
		wrong("plain-look", "`wants_doorbell` was 1, and there was an ioctl(); but no rxlab_load() read the word");
	wrong("never-looks", "no rxlab_load() reads `wants_doorbell`");
}

static void try(__u32 next, __u32 given, int wanted)
{
	struct rxlab_ring_consumer ring = { -1, &memory, &doorbell, next };
	int answer, store, look, barrier = 0;

	count = 0;
	memory.slots = 8;
	memory.produced = next + given;
	memory.wants_doorbell = wanted;
	doorbell.consumed = next;
	answer = rxlab_ring_give_back(&ring, given);

	store = first(STORE, &doorbell.consumed);
	look = first(LOAD, &memory.wants_doorbell);
	if (doorbell.consumed == next)
		wrong("gives-nothing-back", "`consumed` is as it was");
	if (doorbell.consumed != next + given || ring.next != next + given)
		wrong("wrong-number", "3 packets were given back, and `consumed` and `next` are not 3 further");
	if (store < 0)
		wrong("no-release", "`consumed` has changed, and no rxlab_store_release() did it");
	if (look < 0)
		look_is_missing();
	if (look < store)
		wrong("looks-too-early", "`wants_doorbell` is read before `consumed` is written");
	for (int i = store; i < look; i++)
		barrier |= events[i].what == BARRIER;
	if (!barrier)
		wrong("no-barrier", "there is no rxlab_full_barrier() between the two words");
	if (wanted && first(RANG, NULL) < 0)
		wrong("never-rings", "`wants_doorbell` was 1, and there was no ioctl()");
	if (!wanted && first(RANG, NULL) >= 0)
		wrong("rings-always", "`wants_doorbell` was 0, and there was an ioctl()");
	if (!!answer != wanted)
		wrong("wrong-answer", "it must return whether there was a call");
}

int main(void)
{
	try(5, 3, 0);
	try(5, 3, 1);
	try(0xfffffffe, 3, 0);
	return 0;
}
