// SPDX-License-Identifier: GPL-2.0-only
/*
 * eductl: what the shell cannot do with /dev/rxlab_eduN.
 * Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <rxlab/edu.h>

static_assert(sizeof(struct rxlab_edu_info) == 48, "the layout is part of the interface");

static const char usage[] =
	"usage: eductl DEVICE info\n"
	"       eductl DEVICE invert NUMBER\n"
	"       eductl DEVICE factorial NUMBER    modulo 2^32\n"
	"       eductl DEVICE raise CAUSES        an interrupt for these bits; not 0x1 and 0x100\n"
	"       eductl DEVICE copy                a pattern there and back, by both mappings\n";

static const char *device;

static int failed(const char *what)
{
	fprintf(stderr, "eductl: %s: %s: %s\n", device, what, strerror(errno));
	return 1;
}

static int show_info(int fd)
{
	struct rxlab_edu_info info;

	if (ioctl(fd, RXLAB_EDU_IOC_INFO, &info))
		return failed("info");
	printf("edu %u.%u, %s %u, %llu interrupts, %llu transfers\n", info.identification >> 24,
	       info.identification >> 16 & 0xff, info.msi ? "MSI" : "INTx", info.vector,
	       (unsigned long long)info.interrupts, (unsigned long long)info.transfers);
	if (info.physical_address)
		printf("the last transfer: memory at %#llx, which the device calls %#llx\n",
		       (unsigned long long)info.physical_address,
		       (unsigned long long)info.dma_address);
	return 0;
}

/* A number in, a number out. */
static int command(int fd, const char *name, unsigned long request, const char *text)
{
	unsigned long value;
	unsigned int number;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || *end || end == text || value > 0xffffffff) {
		fprintf(stderr, "eductl: %s %s: not a number below 2^32\n", name, text);
		return 2;
	}
	number = value;
	if (ioctl(fd, request, &number))
		return failed(name);
	if (request == RXLAB_EDU_IOC_INVERT)
		printf("%#x\n", number);
	else if (request == RXLAB_EDU_IOC_FACTORIAL)
		printf("%u\n", number);
	return 0;
}

static int copy_with(int fd, unsigned int coherent)
{
	static const char *const names[] = {"streaming", "coherent"};
	unsigned char sent[RXLAB_EDU_BUFFER_BYTES], received[sizeof(sent)];
	size_t different = 0;

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = i * 7 + coherent + 1;
	if (ioctl(fd, RXLAB_EDU_IOC_COHERENT, &coherent))
		return failed("choose the mapping");
	if (pwrite(fd, sent, sizeof(sent), 0) != sizeof(sent))
		return failed("write");
	if (pread(fd, received, sizeof(received), 0) != sizeof(received))
		return failed("read");
	for (size_t i = 0; i < sizeof(sent); i++)
		different += sent[i] != received[i];
	printf("%s: %zu bytes there and back, %zu different\n", names[coherent], sizeof(sent),
	       different);
	return different != 0;
}

static int copy(int fd)
{
	int streaming = copy_with(fd, 0);

	return copy_with(fd, 1) | streaming;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[2] : "";
	int takes_number = !strcmp(what, "invert") || !strcmp(what, "factorial") ||
			   !strcmp(what, "raise");
	int fd;

	if (argc != 3 + takes_number ||
	    (!takes_number && strcmp(what, "info") && strcmp(what, "copy"))) {
		fputs(usage, stderr);
		return 2;
	}
	device = argv[1];
	fd = open(device, O_RDWR);
	if (fd < 0)
		return failed("open");
	if (!strcmp(what, "invert"))
		return command(fd, what, RXLAB_EDU_IOC_INVERT, argv[3]);
	if (!strcmp(what, "factorial"))
		return command(fd, what, RXLAB_EDU_IOC_FACTORIAL, argv[3]);
	if (!strcmp(what, "raise"))
		return command(fd, what, RXLAB_EDU_IOC_RAISE, argv[3]);
	return !strcmp(what, "info") ? show_info(fd) : copy(fd);
}
