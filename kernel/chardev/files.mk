# SPDX-License-Identifier: GPL-2.0-only
# The one list of files. Kbuild builds from it, Makefile and CMake copy it to where they build, and
# the DKMS tree is made of it.
module  := rxlab_chardev
sources := main.c fops.c fifo.c ioctl.c sysfs.c defect.c
headers := chardev.h defect.h differences.h fifo.h uapi/rxlab/chardev.h
probes  := probes/class_create_one_argument.c probes/devnode_takes_const.c
build   := Kbuild files.mk
