#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sources.sh KERNEL…: what can be said of the ring's sources and of its Makefile without running it.
# shellcheck disable=SC2034 # for source_claims.sh
folder=ring apart=(ringctl.c uapi/rxlab/ring_consumer.h uapi/rxlab/ring_order.h) guest='./rxlab vm shell'
# shellcheck source=../source_claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/kernel/source_claims.sh"
run_claims
