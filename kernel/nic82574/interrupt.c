// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who calls the RX handler. With rx_in_irq, the interrupt handler itself:
 *   device -> nic_interrupt() -> nic_rx() -> netif_rx(): a queue -> softirq -> IP
 * Else NAPI, in a softirq, or in a thread if `threaded` is set in sysfs:
 *   device -> nic_interrupt() -> softirq or thread -> nic_poll() -> nic_rx() -> GRO -> IP
 */
#include <linux/interrupt.h>

#include "nic.h"

/* [snippet: interrupt] */
irqreturn_t nic_interrupt(int irq, void *data)
{
	struct nic *nic = data;
	u32 cause = nic_read(nic, ICR); /* which clears it: the device may interrupt again */

	if (!(cause & CAUSE_ASSERTED) || cause == ~0)
		return IRQ_NONE; /* another device on this line, or ours was unplugged */
	nic->counts.interrupts++;
	if (cause & CAUSE_LSC)
		nic_check_link(nic);

	if (nic->rx_in_irq) {
		nic_rx(nic, NIC_RING, true);
		nic_tx_clean(nic, 0);
	} else if (napi_schedule_prep(&nic->napi)) {
		nic_irq_off(nic); /* until nic_poll() has emptied the ring */
		__napi_schedule(&nic->napi);
	}
	return IRQ_HANDLED;
}

/* [end: interrupt] */

/* [snippet: poll] */
/* Called in a softirq, or in NAPI's thread. To return `budget` means: call me again. */
int nic_poll(struct napi_struct *napi, int budget)
{
	struct nic *nic = container_of(napi, struct nic, napi);
	int done;

	nic_tx_clean(nic, budget);
	/* [lab: re-arm] */
	done = nic_rx(nic, budget, false);
	/* Counted first: once NAPI is complete, the next poll may run on another processor. */
	nic->counts.polls++;
	nic->counts.polls_full += done == budget;
	nic->counts.polls_empty += done == 0;
	/* A frame that comes after this sets its cause, and interrupts once it may. */
	if (done < budget && napi_complete_done(napi, done))
		nic_irq_on(nic);
	return done;
	/* [end lab: re-arm] */
}

/* [end: poll] */

/*
 * Packets may come. NAPI is on only where it is used, or a program that busy polls would call it.
 * The device is told to interrupt: the link may have changed, an earlier interrupt may be lost.
 */
void nic_rx_on(struct nic *nic)
{
	if (!nic->rx_in_irq)
		napi_enable(&nic->napi);
	nic_irq_on(nic);
	nic_write(nic, ICS, CAUSE_RXT0 | CAUSE_LSC);
}

/* When this returns, neither nic_poll() nor nic_interrupt() runs, or will do anything. */
void nic_rx_off(struct nic *nic)
{
	if (!nic->rx_in_irq)
		napi_disable(&nic->napi);
	nic_irq_off(nic);
	synchronize_irq(pci_irq_vector(nic->pci, 0));
}

/* Changes who calls the RX handler, also while packets come in. */
void nic_set_rx_in_irq(struct nic *nic, bool rx_in_irq)
{
	bool running = netif_running(nic->dev);

	if (running)
		nic_rx_off(nic);
	nic->rx_in_irq = rx_in_irq;
	if (running)
		nic_rx_on(nic);
}
