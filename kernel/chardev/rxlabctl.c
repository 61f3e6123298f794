// SPDX-License-Identifier: GPL-2.0-only
/*
 * rxlabctl DEVICE statistics|clear|resize RECORDS: the ioctls of /dev/rxlabN from the command line.
 * Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <rxlab/chardev.h>

static_assert(sizeof(struct rxlab_statistics) == 56, "the layout is part of the interface");

static int fail(const char *operation, const char *device)
{
	fprintf(stderr, "rxlabctl: %s %s: %s\n", operation, device, strerror(errno));
	return 1;
}

static int print_statistics(int fd, const char *device)
{
	struct rxlab_statistics now;

	if (ioctl(fd, RXLAB_IOC_STATISTICS, &now) != 0)
		return fail("statistics of", device);
	printf("records: %llu written, %llu read, %llu dropped, %u of %u queued\n",
	       (unsigned long long)now.records_written, (unsigned long long)now.records_read,
	       (unsigned long long)now.records_dropped, now.queued, now.capacity);
	printf("bytes: %llu written, %llu read\n", (unsigned long long)now.bytes_written,
	       (unsigned long long)now.bytes_read);
	printf("openers: %u\n", now.openers);
	return 0;
}

static int resize(int fd, const char *device, const char *text)
{
	char *end;
	unsigned long wanted = strtoul(text, &end, 10);
	__u32 capacity = wanted > RXLAB_CAPACITY_MAX ? RXLAB_CAPACITY_MAX + 1 : (__u32)wanted;

	if (*text == '\0' || *end != '\0') {
		fprintf(stderr, "rxlabctl: %s: not a number of records: %s\n", device, text);
		return 2;
	}
	return ioctl(fd, RXLAB_IOC_RESIZE, &capacity) == 0 ? 0 : fail("resize", device);
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[2] : "";
	int statistics = argc == 3 && strcmp(command, "statistics") == 0;
	int clear = argc == 3 && strcmp(command, "clear") == 0;
	int status, fd;

	if (!statistics && !clear && !(argc == 4 && strcmp(command, "resize") == 0)) {
		fprintf(stderr, "usage: rxlabctl DEVICE statistics|clear|resize RECORDS\n");
		return 2;
	}
	fd = open(argv[1], statistics ? O_RDONLY : O_WRONLY);
	if (fd < 0)
		return fail("open", argv[1]);
	if (statistics)
		status = print_statistics(fd, argv[1]);
	else if (clear)
		status = ioctl(fd, RXLAB_IOC_CLEAR) == 0 ? 0 : fail("clear", argv[1]);
	else
		status = resize(fd, argv[1], argv[3]);
	close(fd);
	return status;
}
