// SPDX-License-Identifier: GPL-2.0-only
/*
 * rxlab_edu: a driver for QEMU's edu device. This file binds it to devices (probe), and takes it
 * away from them (remove).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "device.h"

static bool msi = true;
module_param(msi, bool, 0444);
MODULE_PARM_DESC(msi, "Interrupts as messages (default), not by the wire that devices share");

static DEFINE_IDA(edu_numbers);

static void edu_free(struct kref *references)
{
	struct edu_device *edu = container_of(references, struct edu_device, references);

	kfree(edu->misc.name);
	kfree(edu);
}

void edu_put(struct edu_device *edu)
{
	kref_put(&edu->references, edu_free);
}

/* [snippet: new] */
/* A device that neither hardware nor user space knows yet. */
static struct edu_device *edu_new(struct pci_dev *pci)
{
	struct edu_device *edu = kzalloc(sizeof(*edu), GFP_KERNEL);

	if (!edu)
		return NULL;
	kref_init(&edu->references);
	edu->pci = pci;
	mutex_init(&edu->lock);
	spin_lock_init(&edu->causes_lock);
	init_waitqueue_head(&edu->interrupt);
	edu->misc.minor = MISC_DYNAMIC_MINOR;
	edu->misc.fops = &edu_fops;
	edu->misc.mode = 0660;
	edu->misc.parent = &pci->dev;
	return edu;
}

/* [end: new] */

/* [snippet: map] */
/* Step by step to the registers: the device answers, nobody else uses them, we can see them. */
static int edu_map(struct edu_device *edu)
{
	struct pci_dev *pci = edu->pci;
	int error;

	error = pci_enable_device_mem(pci); /* sets "memory space" in the command register */
	if (error)
		return error;
	error = pci_request_mem_regions(pci, KBUILD_MODNAME); /* /proc/iomem shows it */
	if (error)
		goto err_disable;
	error = -ENOMEM;
	edu->registers = pci_ioremap_bar(pci, 0);
	if (!edu->registers)
		goto err_release;

	error = -ENODEV;
	if ((edu_get(edu, EDU_IDENTIFICATION) & EDU_IDENTIFICATION_MASK) !=
	    EDU_IDENTIFICATION_VALUE) {
		dev_err(&pci->dev, "no edu device answers at BAR 0: 0x%08x\n",
			edu_get(edu, EDU_IDENTIFICATION));
		goto err_unmap;
	}
	return 0;

err_unmap:
	iounmap(edu->registers);
err_release:
	pci_release_mem_regions(pci);
err_disable:
	pci_disable_device(pci);
	return error;
}

static void edu_unmap(struct edu_device *edu)
{
	iounmap(edu->registers);
	pci_release_mem_regions(edu->pci);
	pci_disable_device(edu->pci);
}

/* [end: map] */

/* [snippet: interrupts] */
static int edu_interrupts_on(struct edu_device *edu)
{
	struct pci_dev *pci = edu->pci;
	int error;

	/*
	 * A message is a write to an address of the interrupt controller, which the kernel puts
	 * into the device's configuration space. Without messages there is the wire, INTx, which
	 * several devices share: then each handler must find out whether its device pulled it.
	 */
	if (!msi || pci_alloc_irq_vectors(pci, 1, 1, PCI_IRQ_MSI) < 0)
		edu->vector = pci->irq;
	else
		edu->vector = pci_irq_vector(pci, 0);

	/* What a driver before us left behind must not be taken for ours. */
	edu_set(edu, EDU_ACKNOWLEDGE, ~0);
	error = request_irq(edu->vector, edu_interrupt, pci->msi_enabled ? 0 : IRQF_SHARED,
			    KBUILD_MODNAME, edu);
	if (error) {
		pci_free_irq_vectors(pci);
		return error;
	}
	edu_set(edu, EDU_STATUS, EDU_STATUS_INTERRUPT);
	return 0;
}

static void edu_interrupts_off(struct edu_device *edu)
{
	edu_set(edu, EDU_STATUS, 0);
	edu_set(edu, EDU_ACKNOWLEDGE, ~0);
	free_irq(edu->vector, edu); /* waits for a handler that runs */
	pci_free_irq_vectors(edu->pci);
}

/* [end: interrupts] */

static int edu_register(struct edu_device *edu)
{
	int error;

	edu->number = ida_alloc(&edu_numbers, GFP_KERNEL);
	if (edu->number < 0)
		return edu->number;
	error = -ENOMEM;
	edu->misc.name = kasprintf(GFP_KERNEL, "rxlab_edu%d", edu->number);
	if (edu->misc.name)
		error = misc_register(&edu->misc);
	if (error)
		ida_free(&edu_numbers, edu->number);
	return error;
}

/* [snippet: probe] */
/* The bus calls this for each device of edu_ids, those that are there and those to come. */
static int edu_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct edu_device *edu = edu_new(pci);
	int error;

	if (!edu)
		return -ENOMEM;
	error = edu_map(edu);
	if (error)
		goto err_put;
	error = edu_transfer_init(edu);
	if (error)
		goto err_unmap;
	error = edu_interrupts_on(edu);
	if (error)
		goto err_transfer;
	pci_set_drvdata(pci, edu);

	/* Last: from here on, programs can open it. */
	error = edu_register(edu);
	if (error)
		goto err_interrupts;
	dev_info(&pci->dev, "%s: %s %d, device address of coherent memory %pad\n", edu->misc.name,
		 pci->msi_enabled ? "MSI" : "INTx", edu->vector, &edu->coherent_address);
	return 0;

err_interrupts:
	edu_interrupts_off(edu);
err_transfer:
	edu_transfer_exit(edu);
err_unmap:
	edu_unmap(edu);
err_put:
	edu_put(edu);
	return error;
}

/* [end: probe] */

/* [snippet: remove] */
/*
 * The bus calls this when the driver is unloaded or unbound, and when the device was pulled: then
 * its registers read as ~0, and no interrupt will come any more. Descriptors may be open, and their
 * owners asleep.
 */
static void edu_remove(struct pci_dev *pci)
{
	struct edu_device *edu = pci_get_drvdata(pci);

	misc_deregister(&edu->misc); /* nobody new */
	edu_fail(edu, -ENODEV); /* those who sleep wake up, and leave */
	mutex_lock(&edu->lock); /* the last one has left */
	mutex_unlock(&edu->lock);
	edu_interrupts_off(edu);
	edu_transfer_exit(edu);
	edu_unmap(edu);
	ida_free(&edu_numbers, edu->number);
	edu_put(edu); /* open descriptors keep it; they get -ENODEV */
}

/* [end: remove] */

/* [snippet: driver] */
static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) }, /* QEMU's */
	{}
};
MODULE_DEVICE_TABLE(pci, edu_ids); /* modprobe finds the module by the device */

static struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
module_pci_driver(edu_driver);
/* [end: driver] */

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The rxlab authors");
MODULE_DESCRIPTION("QEMU's edu device, to learn from");
MODULE_VERSION("0.1.0");
