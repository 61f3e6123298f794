// SPDX-License-Identifier: GPL-2.0-only
/*
 * rxlab_nic82574: a network driver to learn from, for the Intel 82574L that QEMU emulates (e1000e).
 * This file is the way in: the kernel finds the device (nic_probe), makes an interface of it, and
 * switches that on and off (nic_open, nic_stop).
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#include "nic.h"

/* [snippet: open] */
/* ip link set … up */
static int nic_open(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);
	int irq = pci_irq_vector(nic->pci, 0);
	int error;

	error = nic_rx_alloc(nic);
	if (error)
		return error;
	error = nic_tx_alloc(nic);
	if (error)
		goto err_rx;
	nic_reset(nic);
	error = request_irq(irq, nic_interrupt, IRQF_SHARED, dev->name, nic);
	if (error)
		goto err_tx;
	nic_start(nic);
	netif_start_queue(dev);
	nic_rx_on(nic);
	return 0;

err_tx:
	nic_tx_free(nic);
err_rx:
	nic_rx_free(nic);
	return error;
}

/* [end: open] */

/* ip link set … down, and before the interface is removed. Nothing here can fail. */
static int nic_stop(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);

	nic_rx_off(nic); /* first: nic_tx_clean() would wake the queue again */
	netif_tx_disable(dev); /* nic_xmit() is not called any more */
	free_irq(pci_irq_vector(nic->pci, 0), nic);
	netif_carrier_off(dev);
	nic_read_statistics(nic);
	nic_reset(nic); /* only then is the memory ours again */
	nic_tx_free(nic);
	nic_rx_free(nic);
	return 0;
}

/* ip -s link; also while the interface is down. */
static void nic_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	struct nic *nic = netdev_priv(dev);

	nic_read_statistics(nic);
	stats->rx_packets = nic->counts.rx_packets;
	stats->rx_bytes = nic->counts.rx_bytes;
	stats->rx_errors = nic->counts.rx_errors;
	stats->rx_dropped = nic->counts.rx_no_memory;
	stats->rx_missed_errors = nic->counts.rx_missed;
	stats->tx_packets = nic->counts.tx_packets;
	stats->tx_bytes = nic->counts.tx_bytes;
	stats->tx_dropped = nic->counts.tx_dropped;
}

static const struct net_device_ops nic_netdev_ops = {
	.ndo_open = nic_open,
	.ndo_stop = nic_stop,
	.ndo_start_xmit = nic_xmit,
	.ndo_set_rx_mode = nic_set_rx_mode,
	.ndo_set_mac_address = eth_mac_addr, /* refused while up; nic_start() writes it */
	.ndo_validate_addr = eth_validate_addr,
	.ndo_get_stats64 = nic_get_stats64,
};

/* The kernel found a device that is ours. */
static int nic_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct net_device *dev;
	struct nic *nic;
	u8 address[ETH_ALEN];
	int error;

	error = pci_enable_device_mem(pci);
	if (error)
		return error;
	error = dma_set_mask_and_coherent(&pci->dev, DMA_BIT_MASK(64));
	if (error)
		goto err_device;
	error = pci_request_mem_regions(pci, KBUILD_MODNAME);
	if (error)
		goto err_device;

	error = -ENOMEM;
	dev = alloc_etherdev(sizeof(*nic)); /* and room for our structure; max_mtu is 1500 */
	if (!dev)
		goto err_regions;
	SET_NETDEV_DEV(dev, &pci->dev);
	nic = netdev_priv(dev);
	nic->dev = dev;
	nic->pci = pci;
	spin_lock_init(&nic->statistics_lock);
	pci_set_drvdata(pci, nic);
	nic->registers = pci_ioremap_bar(pci, 0);
	if (!nic->registers)
		goto err_netdev;

	nic_reset(nic); /* before it may write to memory: another driver may have left it running */
	pci_set_master(pci);
	error = nic_read_address(nic, address);
	if (error)
		goto err_registers;
	eth_hw_addr_set(dev, address);
	error = pci_alloc_irq_vectors(pci, 1, 1, PCI_IRQ_ALL_TYPES & ~PCI_IRQ_MSIX);
	if (error < 0)
		goto err_registers;

	dev->netdev_ops = &nic_netdev_ops;
	dev->ethtool_ops = &nic_ethtool_ops;
	netif_napi_add(dev, &nic->napi, nic_poll);
	netif_carrier_off(dev);
	error = register_netdev(dev); /* last: from here on it may be opened */
	if (error)
		goto err_napi;
	netdev_info(dev, "82574L at %s, %pM, %s\n", pci_name(pci), dev->dev_addr,
		    pci->msi_enabled ? "MSI" : "INTx");
	return 0;

err_napi:
	netif_napi_del(&nic->napi);
	pci_free_irq_vectors(pci);
err_registers:
	iounmap(nic->registers);
err_netdev:
	free_netdev(dev);
err_regions:
	pci_release_mem_regions(pci);
err_device:
	pci_disable_device(pci);
	return error;
}

/* rmmod, unbind, or the device was unplugged. */
static void nic_remove(struct pci_dev *pci)
{
	struct nic *nic = pci_get_drvdata(pci);

	unregister_netdev(nic->dev); /* first: calls nic_stop() if the interface is up */
	netif_napi_del(&nic->napi);
	pci_free_irq_vectors(pci);
	iounmap(nic->registers);
	free_netdev(nic->dev); /* and nic with it */
	pci_release_mem_regions(pci);
	pci_disable_device(pci);
}

static const struct pci_device_id nic_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10d3) },
	{ }
};
MODULE_DEVICE_TABLE(pci, nic_ids);

static struct pci_driver nic_driver = {
	.name = KBUILD_MODNAME,
	.id_table = nic_ids,
	.probe = nic_probe,
	.remove = nic_remove,
};

module_pci_driver(nic_driver);

MODULE_AUTHOR("The rxlab contributors");
MODULE_DESCRIPTION("A network driver to learn from, for the emulated Intel 82574L");
MODULE_LICENSE("GPL");
