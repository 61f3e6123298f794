# shellcheck shell=bash disable=SC2034 # for those who source this
# SPDX-License-Identifier: MIT
suites=(bookworm trixie forky)
release_of=('Debian 12 (bookworm)' 'Debian 13 (trixie)' 'Debian testing (forky)') # in the same order
