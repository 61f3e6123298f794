#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sources.sh KERNEL…: what can be said of the driver's sources and of its Makefile without running it.
folder=edu apart=(eductl.c) guest='./rxlab vm shell --slot edu'
# shellcheck source=../source_claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/kernel/source_claims.sh"

test_the_driver_is_as_short_as_its_readme_says() { is_short_as_the_readme_says 'in less than 1,000 lines' 999; }

test_help_names_what_only_this_device_can() {
    expect 0 by_make help
    expect_output '*make load*make test*make pull*make unload*'
}

run_claims
