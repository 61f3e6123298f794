// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving: the ring of descriptors, and the RX handler, nic_rx().
 *
 *            next                                       All descriptors have a buffer. The device
 *             v                                         fills the one at RDH and sets DD; nic_rx()
 *   +----+----+----+----+----+----+----+----+           takes its packet, puts a fresh buffer in,
 *   |    | gap| DD | DD |    |    |    |    |           and moves RDT: the descriptor is the
 *   +----+----+----+----+----+----+----+----+           device's again.
 *          ^             ^
 *         RDT           RDH
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>

#include "nic.h"

/* Gets a buffer for the device to write to. May be called in any context. */
static int nic_rx_buffer(struct nic *nic, struct nic_buffer *buffer)
{
	struct device *dma_device = &nic->pci->dev;

	/* "ip_align": two bytes are left free, so that the IP header is aligned. */
	buffer->skb = netdev_alloc_skb_ip_align(nic->dev, NIC_BUFFER_BYTES);
	if (!buffer->skb)
		return -ENOMEM;
	/* From here on the memory belongs to the device, until dma_unmap_single(). */
	buffer->dma = dma_map_single(dma_device, buffer->skb->data, NIC_BUFFER_BYTES,
				     DMA_FROM_DEVICE);
	if (dma_mapping_error(dma_device, buffer->dma)) {
		dev_kfree_skb_any(buffer->skb);
		buffer->skb = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* Makes the descriptor one that the device can use; it may once RDT has passed it. */
static void nic_rx_arm(struct nic_rx_ring *ring, unsigned int index)
{
	ring->desc[index].address = cpu_to_le64(ring->buffer[index].dma);
	ring->desc[index].status = 0;
}

/* [snippet: rx-take] */
/*
 * Takes the packet out of a finished descriptor, and puts a fresh buffer in. NULL: there is nothing
 * to hand up, because the frame is bad, or there is no memory. Then the old buffer stays.
 */
static struct sk_buff *nic_rx_take(struct nic *nic, unsigned int index)
{
	struct nic_rx_desc *desc = &nic->rx.desc[index];
	struct nic_buffer full = nic->rx.buffer[index], fresh;
	unsigned int length = le16_to_cpu(desc->length);
	struct sk_buff *skb = NULL;

	if (!(desc->status & RXD_EOP) || (desc->errors & RXD_BAD) || length > NIC_BUFFER_BYTES) {
		nic->counts.rx_errors++;
	} else if (nic_rx_buffer(nic, &fresh)) {
		nic->counts.rx_no_memory++;
	} else {
		dma_unmap_single(&nic->pci->dev, full.dma, NIC_BUFFER_BYTES, DMA_FROM_DEVICE);
		skb = full.skb;
		skb_put(skb, length);
		nic->rx.buffer[index] = fresh;
	}
	nic_rx_arm(&nic->rx, index);
	return skb;
}

/* [end: rx-take] */

/* To the network core: through GRO in the same softirq, or into a queue for a later one. */
static void nic_rx_hand_up(struct nic *nic, struct sk_buff *skb, bool in_irq)
{
	nic->counts.rx_packets++;
	nic->counts.rx_bytes += skb->len;
	skb->protocol = eth_type_trans(skb, nic->dev);
	if (!in_irq)
		napi_gro_receive(&nic->napi, skb);
	else if (netif_rx(skb) == NET_RX_DROP)
		nic->counts.rx_backlog_full++;
}

/*
 * The RX handler: takes at most `budget` packets from the ring and hands them up. Returns how many
 * descriptors it has finished. One call at a time.
 */
/* [snippet: rx-handler] */
int nic_rx(struct nic *nic, int budget, bool in_irq)
{
	struct nic_rx_ring *ring = &nic->rx;
	struct sk_buff *skb;
	int done;

	for (done = 0; done < budget; done++) {
		if (!(READ_ONCE(ring->desc[ring->next].status) & RXD_DD))
			break; /* the device has not finished it: the ring is empty */
		dma_rmb(); /* no other field is read before DD */
		skb = nic_rx_take(nic, ring->next);
		ring->next = (ring->next + 1) % NIC_RING;
		if (skb)
			nic_rx_hand_up(nic, skb, in_irq);
	}
	if (done) /* the doorbell, once for all of them; the gap moves to the last of them */
		nic_write(nic, RDT, (ring->next + NIC_RING - 1) % NIC_RING);
	return done;
}

/* [end: rx-handler] */

/* A ring whose descriptors all have a buffer. On an error nothing is left behind. */
int nic_rx_alloc(struct nic *nic)
{
	struct nic_rx_ring *ring = &nic->rx;
	unsigned int index;

	memset(ring, 0, sizeof(*ring));
	/* Coherent: driver and device see each other's writes without further ado. */
	ring->desc = dma_alloc_coherent(&nic->pci->dev, NIC_RING * sizeof(*ring->desc),
					&ring->dma, GFP_KERNEL);
	if (!ring->desc)
		return -ENOMEM;
	for (index = 0; index < NIC_RING; index++) {
		if (nic_rx_buffer(nic, &ring->buffer[index])) {
			nic_rx_free(nic);
			return -ENOMEM;
		}
		nic_rx_arm(ring, index);
	}
	return 0;
}

/* The device must have been reset before: it may write to these buffers until then. */
void nic_rx_free(struct nic *nic)
{
	struct nic_rx_ring *ring = &nic->rx;
	unsigned int index;

	for (index = 0; index < NIC_RING && ring->buffer[index].skb; index++) {
		dma_unmap_single(&nic->pci->dev, ring->buffer[index].dma, NIC_BUFFER_BYTES,
				 DMA_FROM_DEVICE);
		dev_kfree_skb_any(ring->buffer[index].skb);
	}
	dma_free_coherent(&nic->pci->dev, NIC_RING * sizeof(*ring->desc), ring->desc, ring->dma);
}
