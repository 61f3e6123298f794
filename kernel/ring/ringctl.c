// SPDX-License-Identifier: GPL-2.0-only
/*
 * ringctl DEVICE state|take N|measure: the ring of /dev/rxring from the command line. take prints
 * packets, and says how many system calls it took to get them; measure compares the ring with
 * read(2). Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <rxlab/ring_consumer.h>

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static_assert(sizeof(struct rxlab_ring_header) == 128, "the layout is part of the interface");

static int fail(const char *operation, const char *device)
{
	fprintf(stderr, "ringctl: %s %s: %s\n", operation, device, strerror(errno));
	return 1;
}

static int print_state(struct rxlab_ring_consumer *ring)
{
	__u32 produced = rxlab_load_acquire(&ring->memory->produced);

	printf("packets: %u produced, %u consumed, %u of %u slots full\n", produced, ring->next,
	       produced - ring->next, ring->memory->slots);
	return 0;
}

/* Prints as many packets; sleeps where there is none. */
static int take(struct rxlab_ring_consumer *ring, unsigned long wanted)
{
	unsigned long taken = 0, calls = 0;

	while (taken < wanted) {
		__u32 ready = rxlab_ring_ready(ring), i, length;

		if (ready == 0) {
			struct pollfd wait = { .fd = ring->fd, .events = POLLIN };

			calls++;
			if (poll(&wait, 1, -1) < 0 || wait.revents & POLLERR)
				return fail("wait for packets of", "the ring");
			continue;
		}
		if (ready > wanted - taken)
			ready = wanted - taken;
		for (i = 0; i < ready; i++) {
			const void *packet = rxlab_ring_packet(ring, i, &length);

			fwrite(packet, 1, length, stdout);
		}
		calls += rxlab_ring_give_back(ring, ready);
		taken += ready;
	}
	printf("(%lu packets, %lu system calls)\n", taken, calls);
	return 0;
}

/* What a program does with a packet at least: it looks at all of it. */
static __u64 sum_of(const void *packet, __u32 length)
{
	__u64 sum = 0, word;

	for (__u32 at = 0; at + sizeof(word) <= length; at += sizeof(word)) {
		memcpy(&word, (const char *)packet + at, sizeof(word));
		sum += word;
	}
	return sum;
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* Takes all that is there. Returns the sum of the packets' words. */
static __u64 drain_by_read(struct rxlab_ring_consumer *ring, __u32 packets)
{
	static char packet[RXLAB_RING_PACKET_BYTES_MAX];
	__u64 sum = 0;

	while (packets-- > 0)
		sum += sum_of(packet, read(ring->fd, packet, sizeof(packet)));
	return sum;
}

static __u64 drain_by_ring(struct rxlab_ring_consumer *ring, __u32 packets)
{
	__u64 sum = 0;
	__u32 length, i;

	for (i = 0; i < packets; i++) {
		const void *packet = rxlab_ring_packet(ring, i, &length);

		sum += sum_of(packet, length);
	}
	rxlab_ring_give_back(ring, packets);
	return sum;
}

#define ROUNDS 201

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/*
 * Fills the ring and takes everything out, in turns by read(2) and through the mapping. Only the
 * taking is timed, in one thread: nobody waits for anybody. The median of the rounds.
 */
static int measure(struct rxlab_ring_consumer *ring, const char *device)
{
	static double rounds[2][ROUNDS];
	static char packet[256];
	const __u32 slots = ring->memory->slots;
	int feeder = open(device, O_WRONLY | O_NONBLOCK);

	if (feeder < 0)
		return fail("open", device);
	memset(packet, 1, sizeof(packet));
	for (int round = 0; round < 2 * ROUNDS; round++) {
		int by_ring = round % 2;
		__u64 sum, wanted = 0;
		double start_ns;

		ring->next = rxlab_load(&ring->doorbell->consumed); /* read(2) moves it on, too */
		for (__u32 i = 0; i < slots; i++) {
			if (write(feeder, packet, sizeof(packet)) != sizeof(packet))
				return fail("fill", device);
			wanted += sum_of(packet, sizeof(packet));
		}
		start_ns = now_ns();
		sum = by_ring ? drain_by_ring(ring, slots) : drain_by_read(ring, slots);
		rounds[by_ring][round / 2] = (now_ns() - start_ns) / slots;
		if (sum != wanted) {
			fprintf(stderr, "ringctl: %s gave other packets than were written\n",
				device);
			return 1;
		}
	}
	close(feeder);
	for (int way = 0; way < 2; way++)
		qsort(rounds[way], ROUNDS, sizeof(double), by_size);
	printf("read(): %.0f ns a packet, 1 system call each\n", rounds[0][ROUNDS / 2]);
	printf("ring:   %.0f ns a packet, no system call; %.1f times as fast\n",
	       rounds[1][ROUNDS / 2], rounds[0][ROUNDS / 2] / rounds[1][ROUNDS / 2]);
	return 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[2] : "";
	int is_take = argc == 4 && strcmp(command, "take") == 0;
	struct rxlab_ring_consumer ring;
	int status, fd;

	if (!is_take &&
	    !(argc == 3 && (strcmp(command, "state") == 0 || strcmp(command, "measure") == 0))) {
		fprintf(stderr, "usage: ringctl DEVICE state|take N|measure\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0)
		return fail("open", argv[1]);
	if (rxlab_ring_attach(&ring, fd) != 0)
		return fail("map", argv[1]);
	if (is_take)
		status = take(&ring, strtoul(argv[3], NULL, 10));
	else if (strcmp(command, "state") == 0)
		status = print_state(&ring);
	else if (rxlab_ring_ready(&ring) != 0)
		status = (errno = EBUSY, fail("measure (it is not empty)", argv[1]));
	else
		status = measure(&ring, argv[1]);
	rxlab_ring_detach(&ring);
	close(fd);
	return status;
}
