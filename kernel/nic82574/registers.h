/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers and descriptors of the 82574L that this driver uses. Names and numbers are those
 * of the "Intel 82574 GbE Controller Family Datasheet" (317694, revision 3.4); a comment gives the
 * section. Registers are 32 bits wide, and their offsets count bytes from the start of BAR 0.
 */
#ifndef _NIC_REGISTERS_H
#define _NIC_REGISTERS_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

/* The device as a whole: 10.2.2 */
#define CTRL 0x00000 /* device control, 10.2.2.1 */
#define CTRL_ASDE BIT(5) /* must be 0 */
#define CTRL_SLU BIT(6) /* set link up: the MAC heeds the PHY's link signal */
#define CTRL_FRCSPD BIT(11) /* force speed, */
#define CTRL_FRCDPLX BIT(12) /* force duplex: both off, the PHY negotiates */
#define CTRL_VME BIT(30) /* the card takes VLAN tags off, and puts them in */
#define CTRL_RST BIT(26) /* reset; clears itself */

#define STATUS 0x00008 /* device status, 10.2.2.2 */
#define STATUS_FD BIT(0) /* full duplex */
#define STATUS_LU BIT(1) /* link up */
#define STATUS_SPEED GENMASK(7, 6) /* 0: 10, 1: 100, 2 and 3: 1000 Mb/s */

/* Interrupts: 10.2.4. The same bits stand in ICR, ICS, IMS and IMC. */
#define ICR 0x000c0 /* cause; reading clears it, 10.2.4.1 */
#define ITR 0x000c4 /* the least time between two interrupts, 16 bits, in 256 ns, 10.2.4.2 */
#define ITR_US_MAX (0xffff * 256 / 1000) /* 16776 */
#define ICS 0x000c8 /* cause set: as if it had happened, 10.2.4.4 */
#define IMS 0x000d0 /* mask set: a 1 lets the cause interrupt, 10.2.4.5 */
#define IMC 0x000d8 /* mask clear: a 1 keeps it from that, 10.2.4.6 */
#define CAUSE_TXDW BIT(0) /* a transmit descriptor was written back */
#define CAUSE_LSC BIT(2) /* the link went up or down */
#define CAUSE_RXT0 BIT(7) /* a frame was received (and RDTR has expired) */
#define CAUSE_ASSERTED BIT(31) /* the device did interrupt: only in ICR */

/* Receiving: 10.2.5 */
#define RCTL 0x00100 /* receive control, 10.2.5.1 */
#define RCTL_EN BIT(1) /* receive */
#define RCTL_UPE BIT(3) /* all unicast, */
#define RCTL_MPE BIT(4) /* all multicast: promiscuous */
#define RCTL_BAM BIT(15) /* broadcasts */
#define RCTL_SECRC BIT(26) /* strip the checksum at the end of the frame */
/* LPE (bit 5) stays 0: no frame is longer than 1522 bytes. BSIZE (17:16) stays 0: 2048 bytes. */

#define RDBAL 0x02800 /* ring: address, low and high, 10.2.5.5 and 10.2.5.6 */
#define RDBAH 0x02804
#define RDLEN 0x02808 /* bytes, 10.2.5.7 */
#define RDH 0x02810 /* head: the device moves it, 10.2.5.8 */
#define RDT 0x02818 /* tail: the driver moves it, 10.2.5.9 */
#define RDTR 0x02820 /* delay of RXT0, 10.2.5.10, */
#define RADV 0x0282c /* and its limit: both 0, ITR does it better */
#define RFCTL 0x05008 /* extended descriptors: off */
#define MTA(n) (0x05200 + 4 * (n)) /* multicast table: a bit for each hash, 10.2.5.21 */
#define MTA_WORDS 128
#define RAL0 0x05400 /* own address, low and high, 10.2.5.22 and 10.2.5.23 */
#define RAH0 0x05404
#define RAH_AV BIT(31) /* the address is valid */

/* Sending: 10.2.6 */
#define TCTL 0x00400 /* transmit control, 10.2.6.1 */
#define TCTL_EN BIT(1)
#define TCTL_CT (0x0f << 4) /* collision threshold and distance, as 4.6.6 suggests */
#define TCTL_COLD (0x3f << 12)
#define TIPG 0x00410 /* gap between frames, 10.2.6.2; the value is 4.6.6's */
#define TIPG_LEAST (8 | 2 << 10 | 10 << 20)
#define TDBAL 0x03800 /* the ring, as for receiving, 10.2.6.4 to 10.2.6.8 */
#define TDBAH 0x03804
#define TDLEN 0x03808
#define TDH 0x03810
#define TDT 0x03818
#define TXDCTL 0x03828 /* write back each descriptor on its own, 10.2.6.11 and 4.6.6 */
#define TXDCTL_EACH (BIT(24) | BIT(22) | 1 << 16)

/* Statistics, 10.2.7: reading clears it */
#define MPC 0x04010 /* missed: a frame came, and the ring had no descriptor for it */

/* Receive descriptor, legacy format: 7.1.4 */
struct nic_rx_desc {
	__le64 address; /* of the buffer; the driver writes it, the device all that follows */
	__le16 length;
	__le16 checksum;
	u8 status;
	u8 errors;
	__le16 special;
};

#define RXD_DD BIT(0) /* descriptor done: it is the driver's again */
#define RXD_EOP BIT(1) /* end of packet */
#define RXD_BAD 0x97 /* errors: CE, SE, SEQ, CXE, RXE */

/* Transmit descriptor, legacy format: 7.2.10.1 */
struct nic_tx_desc {
	__le64 address;
	__le16 length;
	u8 checksum_offset;
	u8 command;
	u8 status; /* the only field that the device writes */
	u8 checksum_start;
	__le16 special;
};

#define TXD_EOP BIT(0) /* end of packet */
#define TXD_IFCS BIT(1) /* append the frame's checksum */
#define TXD_RS BIT(3) /* report status: set DD when done */
#define TXD_DD BIT(0)

static_assert(sizeof(struct nic_rx_desc) == 16);
static_assert(sizeof(struct nic_tx_desc) == 16);

#endif /* _NIC_REGISTERS_H */
