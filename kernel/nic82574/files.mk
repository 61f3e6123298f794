# SPDX-License-Identifier: GPL-2.0-only
# The one list of files: Kbuild builds them, Makefile and CMake copy them to where they build.
module  := rxlab_nic82574
sources := main.c hardware.c interrupt.c rx.c tx.c ethtool.c
headers := nic.h registers.h
build   := Kbuild files.mk
