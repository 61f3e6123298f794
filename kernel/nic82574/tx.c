// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending: nic_xmit() puts a packet into the ring, nic_tx_clean() frees what was sent. Both may run
 * at the same time, without a lock: each writes one index and reads the other's.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>

#include "nic.h"

/* Descriptors that are free; one never is, because TDH == TDT means an empty ring. */
static unsigned int nic_tx_room(const struct nic_tx_ring *ring)
{
	return (READ_ONCE(ring->clean) - READ_ONCE(ring->next) - 1) % NIC_RING;
}

/* Called by the network core, one call at a time. The packet is ours from here on. */
netdev_tx_t nic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);
	struct nic_tx_ring *ring = &nic->tx;
	struct nic_tx_desc *desc = &ring->desc[ring->next];
	dma_addr_t dma;

	if (eth_skb_pad(skb)) /* the device sends no frame that is too short; frees skb on error */
		return NETDEV_TX_OK;
	dma = dma_map_single(&nic->pci->dev, skb->data, skb->len, DMA_TO_DEVICE);
	if (dma_mapping_error(&nic->pci->dev, dma)) {
		dev_kfree_skb_any(skb);
		nic->counts.tx_dropped++;
		return NETDEV_TX_OK;
	}
	ring->buffer[ring->next] = (struct nic_buffer){ .skb = skb, .dma = dma };
	desc->address = cpu_to_le64(dma);
	desc->length = cpu_to_le16(skb->len);
	desc->command = TXD_EOP | TXD_IFCS | TXD_RS;
	desc->status = 0;
	nic->counts.tx_packets++;
	nic->counts.tx_bytes += skb->len;
	skb_tx_timestamp(skb);

	/* Whoever sees the new index sees the descriptor: nic_tx_clean(), and the device. */
	smp_store_release(&ring->next, (ring->next + 1) % NIC_RING);
	nic_write(nic, TDT, ring->next);

	if (!nic_tx_room(ring)) {
		netif_stop_queue(dev);
		/*
		 * nic_tx_clean() may have made room before it could see that the queue is stopped.
		 * It writes its index and then looks at the queue; here it is the other way round.
		 */
		smp_mb();
		if (nic_tx_room(ring))
			netif_start_queue(dev);
	}
	return NETDEV_TX_OK;
}

/* Frees what was sent. `budget`: NAPI's, or 0 in an interrupt. */
void nic_tx_clean(struct nic *nic, int budget)
{
	struct nic_tx_ring *ring = &nic->tx;
	unsigned int index = ring->clean;

	while (index != smp_load_acquire(&ring->next)) { /* pairs with nic_xmit() */
		struct nic_buffer *sent = &ring->buffer[index];

		if (!(READ_ONCE(ring->desc[index].status) & TXD_DD))
			break;
		dma_unmap_single(&nic->pci->dev, sent->dma, sent->skb->len, DMA_TO_DEVICE);
		napi_consume_skb(sent->skb, budget);
		sent->skb = NULL;
		index = (index + 1) % NIC_RING;
	}
	if (index == ring->clean)
		return;
	smp_store_release(&ring->clean, index); /* nic_xmit() may use them again */
	smp_mb(); /* pairs with nic_xmit(): first the index, then a look at the queue */
	if (netif_queue_stopped(nic->dev))
		netif_wake_queue(nic->dev);
}

int nic_tx_alloc(struct nic *nic)
{
	struct nic_tx_ring *ring = &nic->tx;

	memset(ring, 0, sizeof(*ring));
	ring->desc = dma_alloc_coherent(&nic->pci->dev, NIC_RING * sizeof(*ring->desc),
					&ring->dma, GFP_KERNEL);
	return ring->desc ? 0 : -ENOMEM;
}

/* The device must have been reset before, as for nic_rx_free(). */
void nic_tx_free(struct nic *nic)
{
	struct nic_tx_ring *ring = &nic->tx;
	unsigned int index;

	for (index = 0; index < NIC_RING; index++) {
		struct nic_buffer *unsent = &ring->buffer[index];

		if (!unsent->skb)
			continue;
		dma_unmap_single(&nic->pci->dev, unsent->dma, unsent->skb->len, DMA_TO_DEVICE);
		dev_kfree_skb_any(unsent->skb);
	}
	dma_free_coherent(&nic->pci->dev, NIC_RING * sizeof(*ring->desc), ring->desc, ring->dma);
}
