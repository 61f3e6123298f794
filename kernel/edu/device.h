/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the driver share: a device, and an open descriptor of it.
 */
#ifndef _RXLAB_EDU_DEVICE_H
#define _RXLAB_EDU_DEVICE_H

#include <linux/io.h>
#include <linux/irqreturn.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <rxlab/edu.h>

#include "registers.h"

/* [snippet: device] */
/**
 * struct edu_device - a device that the driver is bound to
 * @references: one of the binding, and one of each open descriptor; the last frees the structure
 * @pci: its place on the bus; only to be used while it is bound
 * @registers: BAR 0, where the processor can reach it
 * @misc: /dev/rxlab_eduN
 * @number: N
 * @vector: its interrupt
 *
 * @lock: held by whoever uses the device; the fields up to @physical_address belong to its holder
 * @coherent: memory that processor and device both see at any time
 * @coherent_address: where the device finds it
 * @page: memory that is mapped for the device for each transfer, and unmapped after it
 * @transfers: transfers that came to their end
 * @dma_address: where the device found the memory of the last one
 * @physical_address: where that memory really is, if it was mapped for one transfer
 *
 * @causes_lock: protects @causes and @interrupts, also against the interrupt handler
 * @causes: what the handler has acknowledged, and nobody has taken yet
 * @interrupts: how often the handler found causes
 * @interrupt: those who sleep until there is a cause, or an error
 * @error: what every call returns from now on: -ENODEV: the driver was taken away from the device,
 *	-EIO: the device did not answer; 0: all is well
 */
struct edu_device {
	struct kref references;
	struct pci_dev *pci;
	void __iomem *registers;
	struct miscdevice misc;
	int number;
	int vector;

	struct mutex lock; /* held across the sleep for an interrupt */
	void *coherent;
	dma_addr_t coherent_address;
	void *page;
	u64 transfers;
	dma_addr_t dma_address;
	phys_addr_t physical_address;

	spinlock_t causes_lock; /* taken in the interrupt handler */
	u32 causes;
	u64 interrupts;
	wait_queue_head_t interrupt;
	int error;
};

/* [end: device] */

/**
 * struct edu_opener - what one open() owns until its last close()
 * @edu: the device that was opened; it may be gone
 * @coherent: transfers use coherent memory, not streaming mappings
 */
struct edu_opener {
	struct edu_device *edu;
	bool coherent;
};

/* main.c */
void edu_put(struct edu_device *edu);

/* interrupt.c */
irqreturn_t edu_interrupt(int vector, void *data);
void edu_fail(struct edu_device *edu, int error);
bool edu_take_causes(struct edu_device *edu, u32 causes);

/* compute.c */
u32 edu_invert(struct edu_device *edu, u32 number);
int edu_factorial(struct edu_device *edu, u32 *number);
int edu_raise(struct edu_device *edu, u32 causes);

/* transfer.c */
int edu_transfer_init(struct edu_device *edu);
void edu_transfer_exit(struct edu_device *edu);
ssize_t edu_read_buffer(struct edu_device *edu, char __user *to, size_t length, u32 offset,
			bool coherent);
ssize_t edu_write_buffer(struct edu_device *edu, const char __user *from, size_t length, u32 offset,
			 bool coherent);

/* fops.c */
extern const struct file_operations edu_fops;

static inline u32 edu_get(struct edu_device *edu, u32 reg)
{
	return ioread32(edu->registers + reg);
}

static inline void edu_set(struct edu_device *edu, u32 reg, u32 value)
{
	iowrite32(value, edu->registers + reg);
}

#endif /* _RXLAB_EDU_DEVICE_H */
