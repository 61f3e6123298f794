# SPDX-License-Identifier: GPL-2.0-only
# The one list of files. Kbuild builds them, Makefile and CMake copy them to where they build.
module  := rxlab_ring
sources := main.c ring.c
headers := driver_ring.h uapi/rxlab/ring.h
probes  := probes/vm_flags_clear.c
build   := Kbuild files.mk
