# SPDX-License-Identifier: GPL-2.0-only
# The one list of files. Kbuild builds them, Makefile and CMake copy them to where they build.
module  := rxlab_edu
sources := main.c interrupt.c compute.c transfer.c fops.c
headers := device.h registers.h uapi/rxlab/edu.h
build   := Kbuild files.mk
