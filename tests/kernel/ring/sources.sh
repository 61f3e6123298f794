#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sources.sh KERNEL…: the ring builds for each kernel without a warning of gcc or sparse, asks for no version, and is listed
# whole.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C
kernels=("$@")
source=$RXLAB_SOURCE_DIR/kernel/ring
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

test_it_builds_without_a_warning_of_gcc_or_sparse() {
    command -v sparse >/dev/null || fail 'sparse is not installed (apt-get install sparse)'
    local kernel headers
    for kernel in "${kernels[@]}"; do
        headers=$("$RXLAB_SOURCE_DIR/testbed/vm/kernels" "$kernel" | sed -n 's/^headers=//p')
        expect 0 env -u MAKEFLAGS make --no-print-directory -C "$source" KDIR="$headers" OUT="$work/$kernel" W=1 C=1 \
            KCFLAGS=-Werror
        expect_output '*CHECK*main.c*CHECK*ring.c*'
        [[ $output != *[Ww]arning:* && $output != *error:* ]] || fail "$kernel: $output"
    done
}

test_no_version_number_is_asked_for() {
    ! grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION' "$source" --include='*.[ch]' --include=Kbuild || fail 'a version ladder'
}

test_the_list_of_files_is_complete() {
    local listed
    listed=$(make -s -C "$source" -f - list <<<$'include files.mk\nlist:\n\t@printf "%s\\n" $(sources) $(headers) $(probes) $(build)')
    diff <(sort <<<"$listed") <(cd "$source" && find . -path ./build -prune -o \( -name '*.[ch]' -o -name Kbuild \
        -o -name files.mk \) ! -name ringctl.c ! -name ring_consumer.h ! -name ring_order.h -printf '%P\n' | sort) ||
        fail 'files.mk and the folder differ'
}

run_claims
