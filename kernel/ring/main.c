// SPDX-License-Identifier: GPL-2.0-only
/*
 * rxlab_ring: the device /dev/rxring. What is written to it goes into a ring in memory, a packet
 * for each write(2). One process at a time consumes: through read(2), or without a call, from the
 * ring that it has mapped.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "driver_ring.h"

/* User space was compiled with these structures, so their sizes must not change. */
static_assert(sizeof(struct rxlab_ring_header) == 128);
static_assert(sizeof(struct rxlab_ring_descriptor) == 8);
static_assert(sizeof(struct rxlab_ring_doorbell) <= PAGE_SIZE);

static unsigned int slots = 512;
module_param(slots, uint, 0444);
MODULE_PARM_DESC(slots, "Packets that the ring holds, a power of two from 2 to 4096 (default 512)");

static struct rxlab_ring rxring;
static DEFINE_MUTEX(rxring_write_lock); /* one producer at a time; held while it waits for room */
static DEFINE_MUTEX(rxring_read_lock); /* one read(2) at a time */
static DECLARE_WAIT_QUEUE_HEAD(rxring_readers); /* who sleep until there is a packet */
static DECLARE_WAIT_QUEUE_HEAD(rxring_writers); /* who sleep until there is room */
static atomic_t rxring_is_taken = ATOMIC_INIT(0); /* there is a consumer */

/* [snippet: open] */
static int rxring_open(struct inode *inode, struct file *file)
{
	if (file->f_mode & FMODE_READ) {
		/* A ring has one consumer: there is one word for how far it is. */
		if (atomic_cmpxchg(&rxring_is_taken, 0, 1) != 0)
			return -EBUSY;
		/* The one before may have left nonsense in the doorbell. */
		if (rxlab_ring_fill(&rxring) < 0)
			rxlab_ring_drop_all(&rxring);
	}
	return stream_open(inode, file);
}

/* [end: open] */

/* Also after the last munmap(): a mapping holds the file. */
static int rxring_release(struct inode *inode, struct file *file)
{
	if (file->f_mode & FMODE_READ)
		atomic_set(&rxring_is_taken, 0);
	return 0;
}

static int rxring_lock(struct mutex *lock, bool nonblocking)
{
	if (nonblocking)
		return mutex_trylock(lock) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(lock) ? -ERESTARTSYS : 0;
}

/* Wakes those who sleep there, and takes no lock where nobody does. */
static void rxring_wake(wait_queue_head_t *queue, __poll_t events)
{
	/* wq_has_sleeper() begins with a full barrier: first our word, then the look. */
	if (wq_has_sleeper(queue))
		wake_up_interruptible_poll(queue, events);
}

/* [snippet: may-write] */
/*
 * Whether a writer need not wait: there is room, or it is to hear of an error. Else the consumer is
 * told that it must ring. It gives back slots without a call, so we would not notice.
 */
static bool rxring_may_write(void)
{
	if (rxlab_ring_fill(&rxring) != slots)
		return true;
	WRITE_ONCE(rxring.memory->wants_doorbell, 1);
	smp_mb(); /* first that word, then the look: pairs with rxlab_ring_give_back() */
	return rxlab_ring_fill(&rxring) != slots;
}

/* [end: may-write] */

/* [snippet: write] */
static ssize_t rxring_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	bool nonblocking = iocb->ki_filp->f_flags & O_NONBLOCK;
	ssize_t length = iov_iter_count(from);
	int error;

	if (length == 0)
		return 0;
	if (length > RXLAB_RING_PACKET_BYTES_MAX)
		return -EMSGSIZE;
	error = rxring_lock(&rxring_write_lock, nonblocking);
	if (error)
		return error;

	if (!nonblocking)
		error = wait_event_interruptible(rxring_writers, rxring_may_write());
	else if (!rxring_may_write())
		error = -EAGAIN;
	if (!error && !rxlab_ring_has_room(&rxring))
		error = -EIO; /* the doorbell holds nonsense; a new consumer mends it */
	/* Straight into the ring: until it is published, the slot is ours alone. */
	if (!error && !copy_from_iter_full(rxlab_ring_free_slot(&rxring), length, from))
		error = -EFAULT;
	if (!error)
		rxlab_ring_publish(&rxring, length);
	mutex_unlock(&rxring_write_lock);
	if (error)
		return error;
	rxring_wake(&rxring_readers, EPOLLIN | EPOLLRDNORM);
	return length;
}

/* [end: write] */

/* [snippet: read] */
/* The other way to consume: a call and a copy for each packet. */
static ssize_t rxring_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	bool nonblocking = iocb->ki_filp->f_flags & O_NONBLOCK;
	const void *packet;
	ssize_t result;
	u32 length;

	if (iov_iter_count(to) == 0)
		return 0;
	result = rxring_lock(&rxring_read_lock, nonblocking);
	if (result)
		return result;

	if (!nonblocking)
		result = wait_event_interruptible(rxring_readers, rxlab_ring_fill(&rxring) != 0);
	if (!result)
		result = rxlab_ring_fill(&rxring) ?: -EAGAIN;
	if (result > 0) {
		packet = rxlab_ring_oldest(&rxring, &length);
		length = min_t(size_t, length, iov_iter_count(to));
		result = length;
		if (copy_to_iter(packet, length, to) != length)
			result = -EFAULT; /* it stays for the next read() */
		else
			rxlab_ring_drop_oldest(&rxring);
	}
	mutex_unlock(&rxring_read_lock);
	rxring_wake(&rxring_writers, EPOLLOUT | EPOLLWRNORM);
	return result;
}

/* [end: read] */

/* [snippet: poll] */
static __poll_t rxring_poll(struct file *file, poll_table *table)
{
	const __poll_t wanted = EPOLLOUT | EPOLLWRNORM;
	__poll_t ready = 0;
	int fill;

	poll_wait(file, &rxring_readers, table);
	poll_wait(file, &rxring_writers, table);
	/* First onto the queues, then the look: pairs with rxring_wake(). */
	smp_mb();
	fill = rxlab_ring_fill(&rxring);
	if (fill < 0)
		return EPOLLERR;
	if ((file->f_mode & FMODE_READ) && fill > 0)
		ready |= EPOLLIN | EPOLLRDNORM;
	if ((file->f_mode & FMODE_WRITE) && (poll_requested_events(table) & wanted) &&
	    rxring_may_write())
		ready |= wanted;
	return ready;
}

/* [end: poll] */

static long rxring_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	if (command != RXLAB_RING_IOC_DOORBELL)
		return -ENOTTY;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	/* Those who still find no room ask for it again. */
	WRITE_ONCE(rxring.memory->wants_doorbell, 0);
	wake_up_interruptible_poll(&rxring_writers, EPOLLOUT | EPOLLWRNORM);
	return 0;
}

/* [snippet: mmap] */
static int rxring_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* VM_MAYSHARE: MAP_SHARED, also of a descriptor that is open for reading only. */
	if (!(file->f_mode & FMODE_READ) || !(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	switch (vma->vm_pgoff) {
	case RXLAB_RING_DOORBELL_OFFSET >> PAGE_SHIFT:
		return remap_vmalloc_range(vma, rxring.doorbell, 0);
	case RXLAB_RING_MEMORY_OFFSET >> PAGE_SHIFT:
		/* The kernel believes what it wrote there, so nobody else may write: ever. */
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
#ifdef RXLAB_VM_FLAGS_CLEAR
		vm_flags_clear(vma, VM_MAYWRITE);
#else
		vma->vm_flags &= ~VM_MAYWRITE;
#endif
		return remap_vmalloc_range(vma, rxring.memory, 0);
	default:
		return -EINVAL;
	}
}

/* [end: mmap] */

static const struct file_operations rxring_fops = {
	.owner = THIS_MODULE, /* an open file or a mapping holds the module */
	.open = rxring_open,
	.release = rxring_release,
	.read_iter = rxring_read_iter,
	.write_iter = rxring_write_iter,
	.poll = rxring_poll,
	.unlocked_ioctl = rxring_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = rxring_mmap,
};

/* A "misc" device: the kernel has the number and the class, for drivers that need just one. */
static struct miscdevice rxring_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "rxring",
	.fops = &rxring_fops,
	.mode = 0660,
};

static int __init rxring_init(void)
{
	void *memory, *doorbell;
	int error = -ENOMEM;

	if (slots < RXLAB_RING_SLOTS_MIN || slots > RXLAB_RING_SLOTS_MAX || !is_power_of_2(slots)) {
		pr_err("slots=%u: must be a power of two from %u to %u\n", slots,
		       RXLAB_RING_SLOTS_MIN, RXLAB_RING_SLOTS_MAX);
		return -EINVAL;
	}
	/* Zeroed, whole pages, and meant to be mapped: nothing else of the kernel is in them. */
	memory = vmalloc_user(rxlab_ring_memory_bytes(slots));
	doorbell = vmalloc_user(sizeof(struct rxlab_ring_doorbell));
	if (!memory || !doorbell)
		goto err_memory;
	rxlab_ring_init(&rxring, memory, doorbell, slots);
	error = misc_register(&rxring_device);
	if (error)
		goto err_memory;
	pr_info("%u slots of %u bytes\n", slots, RXLAB_RING_PACKET_BYTES_MAX);
	return 0;

err_memory:
	vfree(doorbell);
	vfree(memory);
	return error;
}

/* Only called when no file is open, and nothing is mapped. */
static void __exit rxring_exit(void)
{
	misc_deregister(&rxring_device);
	vfree(rxring.doorbell);
	vfree(rxring.memory);
	pr_info("unloaded\n");
}

module_init(rxring_init);
module_exit(rxring_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The rxlab authors");
MODULE_DESCRIPTION("A ring of packets that user space maps, to learn from");
MODULE_VERSION("0.1.0");
