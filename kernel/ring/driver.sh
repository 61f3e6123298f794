#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver.sh TARGET [PARAMETER=VALUE…]: what make TARGET does beyond building; ../driver.sh has it.
# shellcheck source=../driver.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../driver.sh"
class=misc
nodes=rxring
program=ringctl
example='echo hello >/dev/rxring; dd if=/dev/rxring bs=2048 count=1 status=none'
drive "$@"
