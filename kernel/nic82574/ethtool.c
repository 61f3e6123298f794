// SPDX-License-Identifier: GPL-2.0-only
/* What ethtool(8) shows and sets: counters (-S), moderation (-C), the link, the flag rx-in-irq. */
#include <linux/bitfield.h>
#include <linux/ethtool.h>

#include "nic.h"

#define COUNTER(name) { #name, offsetof(struct nic_counts, name) }

static const struct {
	const char *name;
	size_t offset;
} nic_counters[] = {
	COUNTER(rx_packets), COUNTER(rx_bytes), COUNTER(rx_errors), COUNTER(rx_no_memory),
	COUNTER(rx_backlog_full), COUNTER(rx_missed),
	COUNTER(tx_packets), COUNTER(tx_bytes), COUNTER(tx_dropped),
	COUNTER(interrupts), COUNTER(polls), COUNTER(polls_full), COUNTER(polls_empty),
	COUNTER(link_changes),
};

static int nic_get_sset_count(struct net_device *dev, int set)
{
	if (set == ETH_SS_PRIV_FLAGS)
		return 1;
	return set == ETH_SS_STATS ? ARRAY_SIZE(nic_counters) : -EOPNOTSUPP;
}

static void nic_get_strings(struct net_device *dev, u32 set, u8 *strings)
{
	unsigned int i;

	if (set == ETH_SS_PRIV_FLAGS)
		strscpy(strings, "rx-in-irq", ETH_GSTRING_LEN);
	for (i = 0; set == ETH_SS_STATS && i < ARRAY_SIZE(nic_counters); i++)
		strscpy(strings + i * ETH_GSTRING_LEN, nic_counters[i].name, ETH_GSTRING_LEN);
}

static void nic_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct nic *nic = netdev_priv(dev);
	unsigned int i;

	nic_read_statistics(nic);
	for (i = 0; i < ARRAY_SIZE(nic_counters); i++)
		data[i] = *(unsigned long *)((char *)&nic->counts + nic_counters[i].offset);
}

static u32 nic_get_priv_flags(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);

	return nic->rx_in_irq;
}

static int nic_set_priv_flags(struct net_device *dev, u32 flags)
{
	nic_set_rx_in_irq(netdev_priv(dev), flags & BIT(0));
	return 0;
}

static int nic_get_coalesce(struct net_device *dev, struct ethtool_coalesce *coalesce,
			    struct kernel_ethtool_coalesce *kernel, struct netlink_ext_ack *extack)
{
	struct nic *nic = netdev_priv(dev);

	coalesce->rx_coalesce_usecs = nic->interval_us;
	return 0;
}

static int nic_set_coalesce(struct net_device *dev, struct ethtool_coalesce *coalesce,
			    struct kernel_ethtool_coalesce *kernel, struct netlink_ext_ack *extack)
{
	if (coalesce->rx_coalesce_usecs > ITR_US_MAX) {
		NL_SET_ERR_MSG(extack, "rx-usecs must be 0 to 16776");
		return -EINVAL;
	}
	nic_set_interval(netdev_priv(dev), coalesce->rx_coalesce_usecs);
	return 0;
}

static int nic_get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *link)
{
	static const int speeds[] = { SPEED_10, SPEED_100, SPEED_1000, SPEED_1000 };
	u32 status = nic_read(netdev_priv(dev), STATUS);

	link->base.port = PORT_TP;
	link->base.autoneg = AUTONEG_ENABLE;
	link->base.speed = SPEED_UNKNOWN;
	link->base.duplex = DUPLEX_UNKNOWN;
	if (netif_carrier_ok(dev)) {
		link->base.speed = speeds[FIELD_GET(STATUS_SPEED, status)];
		link->base.duplex = status & STATUS_FD ? DUPLEX_FULL : DUPLEX_HALF;
	}
	return 0;
}

const struct ethtool_ops nic_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_RX_USECS,
	.get_coalesce = nic_get_coalesce,
	.set_coalesce = nic_set_coalesce,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = nic_get_link_ksettings,
	.get_sset_count = nic_get_sset_count,
	.get_strings = nic_get_strings,
	.get_ethtool_stats = nic_get_ethtool_stats,
	.get_priv_flags = nic_get_priv_flags,
	.set_priv_flags = nic_set_priv_flags,
};
