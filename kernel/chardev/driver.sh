#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver.sh TARGET [PARAMETER=VALUE…]: what make TARGET does beyond building; ../driver.sh has it.
# shellcheck source=../driver.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../driver.sh"
class=rxlab
nodes='rxlab[0-9]*'
program=rxlabctl
example='echo hello >/dev/rxlab0; head -n 1 /dev/rxlab0'
drive "$@"
