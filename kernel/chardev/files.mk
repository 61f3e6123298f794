# SPDX-License-Identifier: GPL-2.0-only
# The one list of files. Kbuild builds them, Makefile and CMake copy them to where they build, and
# the DKMS tree consists of them.
module  := rxlab_chardev
sources := main.c fops.c fifo.c ioctl.c sysfs.c
headers := chardev.h differences.h fifo.h uapi/rxlab/chardev.h
probes  := probes/class_create_one_argument.c probes/devnode_takes_const.c
build   := Kbuild files.mk
