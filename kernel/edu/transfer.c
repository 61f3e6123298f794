// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfers: the device itself reads and writes memory. Callers hold edu->lock.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/iopoll.h>
#include <linux/uaccess.h>

#include "device.h"

/* The device takes a tenth of a second; the machine that emulates it may be busy. */
#define EDU_TRANSFER_SECONDS_MAX 20

/* [snippet: transfer-init] */
int edu_transfer_init(struct edu_device *edu)
{
	struct device *dev = &edu->pci->dev;
	u32 command;
	int error;

	/*
	 * How much of an address the device can drive. From now on, all that the DMA interface
	 * hands out for it is below 256 MiB, by whatever means this machine has: low memory,
	 * bounce buffers, or an IOMMU.
	 */
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(EDU_DMA_BITS));
	if (error)
		return error;

	/* The driver before us may have gone in the middle of a transfer. */
	error = read_poll_timeout(edu_get, command, !(command & EDU_DMA_START), 10 * USEC_PER_MSEC,
				  EDU_TRANSFER_SECONDS_MAX * USEC_PER_SEC, false, edu,
				  EDU_DMA_COMMAND);
	if (error)
		return error;

	edu->coherent = dma_alloc_coherent(dev, RXLAB_EDU_BUFFER_BYTES, &edu->coherent_address,
					   GFP_KERNEL);
	if (!edu->coherent)
		return -ENOMEM;
	/*
	 * Any memory can be mapped, if there is an IOMMU or a bounce buffer. GFP_DMA, the first
	 * 16 MiB, makes it work without either.
	 */
	edu->page = (void *)__get_free_page(GFP_KERNEL | GFP_DMA);
	if (!edu->page) {
		dma_free_coherent(dev, RXLAB_EDU_BUFFER_BYTES, edu->coherent,
				  edu->coherent_address);
		return -ENOMEM;
	}
	pci_set_master(edu->pci); /* without this, the device may not reach memory at all */
	return 0;
}

/* [end: transfer-init] */

void edu_transfer_exit(struct edu_device *edu)
{
	pci_clear_master(edu->pci);
	free_page((unsigned long)edu->page);
	dma_free_coherent(&edu->pci->dev, RXLAB_EDU_BUFFER_BYTES, edu->coherent,
			  edu->coherent_address);
}

/* [snippet: run] */
/* Has the device transfer from or to the memory at this address of its own, and sleeps for it. */
static int edu_run(struct edu_device *edu, dma_addr_t address, u32 length, u32 offset, u32 to_ram)
{
	u32 inside = EDU_BUFFER + offset;

	edu_take_causes(edu, EDU_CAUSE_DMA);
	edu_set(edu, EDU_DMA_SOURCE, to_ram ? inside : address);
	edu_set(edu, EDU_DMA_DESTINATION, to_ram ? address : inside);
	edu_set(edu, EDU_DMA_COUNT, length);
	/* iowrite32() is ordered: what we wrote to memory is there before the device looks. */
	edu_set(edu, EDU_DMA_COMMAND, EDU_DMA_START | EDU_DMA_INTERRUPT | to_ram);

	/* No signal ends this sleep: the memory belongs to the device until it has finished. */
	if (!wait_event_timeout(edu->interrupt,
				edu_take_causes(edu, EDU_CAUSE_DMA) || READ_ONCE(edu->error),
				EDU_TRANSFER_SECONDS_MAX * HZ)) {
		dev_err(&edu->pci->dev, "a transfer does not end\n");
		edu_fail(edu, -EIO);
	}
	if (READ_ONCE(edu->error)) {
		/* No register stops a transfer. Without the right to use the bus it is harmless. */
		pci_clear_master(edu->pci);
		return READ_ONCE(edu->error);
	}
	edu->transfers++;
	return 0;
}

/* [end: run] */

/* [snippet: streaming] */
/*
 * A streaming mapping: dma_map_single() hands the memory over to the device, under an address that
 * the device can use, and dma_unmap_single() takes it back. In between, the processor leaves it
 * alone: it may be in a bounce buffer, or in a cache that the device does not see. The direction
 * says what must be copied or flushed for that, and what an IOMMU lets the device do.
 */
static int edu_run_streaming(struct edu_device *edu, u32 length, u32 offset, u32 to_ram)
{
	/* [lab: mapping] */
	enum dma_data_direction direction = to_ram ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
	struct device *dev = &edu->pci->dev;
	dma_addr_t address = dma_map_single(dev, edu->page, length, direction);
	int error;

	if (dma_mapping_error(dev, address))
		return -ENOMEM;
	edu->dma_address = address;
	edu->physical_address = virt_to_phys(edu->page);
	error = edu_run(edu, address, length, offset, to_ram);
	dma_unmap_single(dev, address, length, direction);
	return error;
	/* [end lab: mapping] */
}

/* [end: streaming] */

/* [snippet: coherent] */
/*
 * Coherent memory: mapped once, and both see what the other writes. Convenient for what is shared
 * all the time, like a ring of descriptors; on some machines slow for the processor, because
 * uncached.
 */
static int edu_run_coherent(struct edu_device *edu, u32 length, u32 offset, u32 to_ram)
{
	edu->dma_address = edu->coherent_address;
	edu->physical_address = 0; /* the interface does not say */
	return edu_run(edu, edu->coherent_address, length, offset, to_ram);
}

/* [end: coherent] */

ssize_t edu_read_buffer(struct edu_device *edu, char __user *to, size_t length, u32 offset,
			bool coherent)
{
	void *memory = coherent ? edu->coherent : edu->page;
	int error;

	/* Whatever was there before: if the device writes elsewhere, nobody gets to see it. */
	memset(memory, 0, length);
	if (coherent)
		error = edu_run_coherent(edu, length, offset, EDU_DMA_TO_RAM);
	else
		error = edu_run_streaming(edu, length, offset, EDU_DMA_TO_RAM);
	if (error)
		return error;
	return copy_to_user(to, memory, length) ? -EFAULT : length;
}

ssize_t edu_write_buffer(struct edu_device *edu, const char __user *from, size_t length, u32 offset,
			 bool coherent)
{
	void *memory = coherent ? edu->coherent : edu->page;
	int error;

	if (copy_from_user(memory, from, length))
		return -EFAULT;
	if (coherent)
		error = edu_run_coherent(edu, length, offset, 0);
	else
		error = edu_run_streaming(edu, length, offset, 0);
	return error ?: length;
}
