/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this driver share: the rings, the device, and its functions by file.
 */
#ifndef _NIC_H
#define _NIC_H

#include <linux/io.h>
#include <linux/netdevice.h>
#include <linux/pci.h>

#include "registers.h"

#define NIC_RING 256 /* descriptors: a power of two; the device wants a multiple of 8 (10.2.5.7) */
#define NIC_BUFFER_BYTES 2048 /* RCTL.BSIZE */

/* What a descriptor points to. */
struct nic_buffer {
	struct sk_buff *skb; /* the packet, or the buffer for one */
	dma_addr_t dma; /* the address by which the device knows its data */
};

/*
 * All descriptors have a buffer at any time. The device owns those from RDH up to, but without,
 * RDT. That is all but one: RDH == RDT would mean none.
 */
struct nic_rx_ring {
	struct nic_rx_desc *desc; /* driver and device share them; */
	dma_addr_t dma; /* the address by which the device knows them */
	struct nic_buffer buffer[NIC_RING];
	unsigned int next; /* the descriptor that the device will finish next */
};

struct nic_tx_ring {
	struct nic_tx_desc *desc;
	dma_addr_t dma;
	struct nic_buffer buffer[NIC_RING];
	unsigned int next; /* for the next packet; only nic_xmit() writes it */
	unsigned int clean; /* the oldest that may be in use; only nic_tx_clean() writes it */
};

/* Each has one writer at a time, and a long can be read while it is written. */
struct nic_counts {
	unsigned long rx_packets; /* handed to the network core */
	unsigned long rx_bytes; /* with the Ethernet header, without the checksum */
	unsigned long rx_errors; /* frames that the device marked as bad */
	unsigned long rx_no_memory; /* dropped: no fresh buffer to put in the frame's place */
	unsigned long rx_backlog_full; /* the network core refused it (netif_rx() only) */
	unsigned long rx_missed; /* the device found no descriptor for it (MPC) */
	unsigned long tx_packets; /* given to the device */
	unsigned long tx_bytes;
	unsigned long tx_dropped; /* could not be given to it */
	unsigned long interrupts; /* calls of nic_interrupt() that the device had caused */
	unsigned long polls; /* calls of nic_poll(), */
	unsigned long polls_full; /* of these: that used up their budget */
	unsigned long polls_empty; /* and that found no packet */
	unsigned long link_changes;
};

struct nic {
	struct net_device *dev; /* the interface */
	struct pci_dev *pci; /* the device on the bus */
	void __iomem *registers; /* BAR 0 */
	struct napi_struct napi; /* what the kernel polls */
	bool rx_in_irq; /* the interrupt handler takes the packets, not NAPI */
	unsigned int interval_us; /* interrupt moderation; 0: none */
	struct nic_rx_ring rx;
	struct nic_tx_ring tx;
	struct nic_counts counts;
	spinlock_t statistics_lock; /* held while a register is read that this sets to 0 */
};

static inline u32 nic_read(struct nic *nic, unsigned int offset)
{
	return readl(nic->registers + offset);
}

/* Everything written to memory before is there when the device sees this (writel() sees to it). */
static inline void nic_write(struct nic *nic, unsigned int offset, u32 value)
{
	writel(value, nic->registers + offset);
}

/* Lets the device interrupt. What happened while it could not does so now. */
static inline void nic_irq_on(struct nic *nic)
{
	nic_write(nic, IMS, CAUSE_RXT0 | CAUSE_TXDW | CAUSE_LSC);
}

static inline void nic_irq_off(struct nic *nic)
{
	nic_write(nic, IMC, ~0);
}

/* hardware.c */
void nic_reset(struct nic *nic);
int nic_read_address(struct nic *nic, u8 *address);
void nic_start(struct nic *nic);
void nic_set_rx_mode(struct net_device *dev);
void nic_set_interval(struct nic *nic, unsigned int interval_us);
void nic_check_link(struct nic *nic);
void nic_read_statistics(struct nic *nic);

/* interrupt.c */
irqreturn_t nic_interrupt(int irq, void *data);
int nic_poll(struct napi_struct *napi, int budget);
void nic_rx_on(struct nic *nic);
void nic_rx_off(struct nic *nic);
void nic_set_rx_in_irq(struct nic *nic, bool rx_in_irq);

/* rx.c */
int nic_rx_alloc(struct nic *nic);
void nic_rx_free(struct nic *nic);
int nic_rx(struct nic *nic, int budget, bool in_irq);

/* tx.c */
int nic_tx_alloc(struct nic *nic);
void nic_tx_free(struct nic *nic);
netdev_tx_t nic_xmit(struct sk_buff *skb, struct net_device *dev);
void nic_tx_clean(struct nic *nic, int budget);

/* ethtool.c */
extern const struct ethtool_ops nic_ethtool_ops;

#endif /* _NIC_H */
