// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done to the device through its registers, apart from the doorbells (rx.c, tx.c) and the
 * interrupt mask (interrupt.c).
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>

#include "nic.h"

/* Stops all that the device does, DMA included. 10.2.2.1 */
void nic_reset(struct nic *nic)
{
	nic_irq_off(nic);
	nic_write(nic, RCTL, 0);
	nic_write(nic, TCTL, 0);
	nic_read(nic, STATUS); /* the writes are there before the wait begins */
	usleep_range(10000, 11000); /* what it had begun ends */
	nic_write(nic, CTRL, nic_read(nic, CTRL) | CTRL_RST);
	usleep_range(10000, 11000); /* it reads its non-volatile memory anew */
	nic_irq_off(nic);
	nic_read(nic, ICR);
}

/* The address from the device's non-volatile memory, which a reset puts into RAL0 and RAH0. */
int nic_read_address(struct nic *nic, u8 *address)
{
	u64 both = nic_read(nic, RAL0) | (u64)nic_read(nic, RAH0) << 32;
	unsigned int i;

	for (i = 0; i < ETH_ALEN; i++)
		address[i] = both >> 8 * i;
	return is_valid_ether_addr(address) ? 0 : -EINVAL;
}

/* After a reset, with rings that are there: from here on frames come in and go out. 4.6 */
void nic_start(struct nic *nic)
{
	const u8 *address = nic->dev->dev_addr;
	u32 ctrl = nic_read(nic, CTRL) & ~(CTRL_VME | CTRL_ASDE | CTRL_FRCSPD | CTRL_FRCDPLX);

	nic_write(nic, CTRL, ctrl | CTRL_SLU);
	nic_write(nic, RAL0, address[0] | address[1] << 8 | address[2] << 16 |
		  (u32)address[3] << 24);
	nic_write(nic, RAH0, address[4] | address[5] << 8 | RAH_AV);
	nic_set_interval(nic, nic->interval_us);
	/* QEMU's reset clears none of these, and another driver may have used them. */
	nic_write(nic, RDTR, 0);
	nic_write(nic, RADV, 0);
	nic_write(nic, RFCTL, 0);

	nic_write(nic, RDBAL, lower_32_bits(nic->rx.dma));
	nic_write(nic, RDBAH, upper_32_bits(nic->rx.dma));
	nic_write(nic, RDLEN, NIC_RING * sizeof(struct nic_rx_desc));
	nic_write(nic, RDH, 0);
	nic_write(nic, RDT, 0); /* the device owns none yet: not before it receives (4.6.5.1) */

	nic_write(nic, TDBAL, lower_32_bits(nic->tx.dma));
	nic_write(nic, TDBAH, upper_32_bits(nic->tx.dma));
	nic_write(nic, TDLEN, NIC_RING * sizeof(struct nic_tx_desc));
	nic_write(nic, TDH, 0);
	nic_write(nic, TDT, 0);
	nic_write(nic, TXDCTL, TXDCTL_EACH);
	nic_write(nic, TIPG, TIPG_LEAST);
	nic_write(nic, TCTL, TCTL_EN | TCTL_CT | TCTL_COLD);

	nic_set_rx_mode(nic->dev); /* RCTL.EN */
	nic_write(nic, RDT, NIC_RING - 1); /* the device owns all but one */
}

/*
 * Which frames the device lets in; called when a program joins a group, too. Bits 36 to 47 of an
 * address (RCTL.MO = 0) say which of the table's 4096 bits is its; others share it. 10.2.5.21
 */
void nic_set_rx_mode(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);
	u32 rctl = RCTL_EN | RCTL_BAM | RCTL_SECRC, table[MTA_WORDS] = { 0 };
	struct netdev_hw_addr *group;
	unsigned int i;

	if (dev->flags & IFF_PROMISC)
		rctl |= RCTL_UPE | RCTL_MPE;
	if (dev->flags & IFF_ALLMULTI)
		rctl |= RCTL_MPE;
	netdev_for_each_mc_addr(group, dev) {
		unsigned int bit = (group->addr[4] >> 4 | group->addr[5] << 4) & 0xfff;

		table[bit / 32] |= BIT(bit % 32);
	}
	for (i = 0; i < MTA_WORDS; i++)
		nic_write(nic, MTA(i), table[i]);
	nic_write(nic, RCTL, rctl);
}

/* Interrupt moderation: at least this long between two interrupts; 0: none. 10.2.4.2 */
void nic_set_interval(struct nic *nic, unsigned int interval_us)
{
	nic->interval_us = interval_us;
	nic_write(nic, ITR, interval_us * 1000 / 256);
}

/* Tells the network core whether there is a link. May be called in an interrupt. */
void nic_check_link(struct nic *nic)
{
	bool up = nic_read(nic, STATUS) & STATUS_LU;

	if (up == netif_carrier_ok(nic->dev))
		return;
	nic->counts.link_changes++;
	(up ? netif_carrier_on : netif_carrier_off)(nic->dev);
}

/* Adds what the device has counted since the last time: reading sets its counter to 0. */
void nic_read_statistics(struct nic *nic)
{
	unsigned long flags;
	u32 missed;

	spin_lock_irqsave(&nic->statistics_lock, flags);
	missed = nic_read(nic, MPC);
	if (missed != ~0) /* it was not unplugged */
		nic->counts.rx_missed += missed;
	spin_unlock_irqrestore(&nic->statistics_lock, flags);
}
