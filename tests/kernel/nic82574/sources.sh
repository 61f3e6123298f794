#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sources.sh KERNEL…: what can be said of the driver's sources, of its Makefile and of its scripts without a guest.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C
kernels=("$@")
source=$RXLAB_SOURCE_DIR/kernel/nic82574
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

headers_of() { "$RXLAB_SOURCE_DIR/testbed/vm/kernels" "$1" | sed -n 's/^headers=//p'; }
by_make() { env -u MAKEFLAGS make --no-print-directory -C "$source" "$@"; }
snapshot() { (cd "$source" && find . -path ./build -prune -o -type f -print); }

test_it_builds_without_a_warning_of_gcc_or_sparse_and_leaves_the_sources_alone() {
    command -v sparse >/dev/null || fail 'sparse is not installed (apt-get install sparse)'
    local kernel
    for kernel in "${kernels[@]}"; do
        expect 0 by_make KDIR="$(headers_of "$kernel")" OUT="$work/$kernel" W=1 C=1 KCFLAGS=-Werror
        expect_output '*CHECK*main.c*CHECK*ethtool.c*'
        [[ $output != *[Ww]arning:* && $output != *error:* && $output != *pahole* ]] || fail "$kernel: $output"
        expect 0 by_make KDIR="$(headers_of "$kernel")" OUT="$work/$kernel"
        expect_output '*Nothing to be done*'
    done
}

test_no_version_number_is_asked_for() {
    ! grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION' "$source" --include='*.[ch]' --include=Kbuild || fail 'a version ladder'
}

test_the_driver_is_as_short_as_its_readme_says() {
    local lines
    lines=$(cat "$source"/*.[ch] | wc -l)
    grep -q 'at most 1,000 lines' "$source/README.md" || fail 'another claim'
    ((lines <= 1000)) || fail "$lines lines"
}

test_the_list_of_files_is_complete() {
    local listed
    listed=$(make -s -C "$source" -f - list <<<$'include files.mk\nlist:\n\t@printf "%s\\n" $(sources) $(headers) $(build)')
    diff <(sort <<<"$listed") <(cd "$source" && printf '%s\n' ./*.[ch] Kbuild files.mk | sed 's|^\./||' | sort) ||
        fail 'files.mk and the folder differ'
}

test_each_counter_is_shown() {
    local declared shown
    declared=$(sed -n '/^struct nic_counts/,/^}/s/.*unsigned long \(.*\);.*/\1/p' "$source/nic.h" | sort)
    shown=$(grep -o 'COUNTER([a-z_]*)' "$source/ethtool.c" | sed 's/COUNTER(\(.*\))/\1/; /^name$/d' | sort)
    [[ -n $declared && $declared == "$shown" ]] || fail "$(diff <(echo "$declared") <(echo "$shown"))"
}

test_make_and_its_helpers_name_what_is_missing() {
    expect 2 by_make KDIR=/nonexistent OUT="$work/missing"
    expect_output '*build for /nonexistent: no kernel headers there; for the guests: make guest*'
    expect 2 by_make OUT='/tmp/a b' all
    expect_output '*kbuild cannot build in a folder with a space*'
    expect 0 by_make help
    expect_output '*make load*make test*make unload*'
    expect 2 "$source/record" latency
    expect_output "record: counts or timeline, not 'latency'*"
    expect 1 env RXLAB_BINARY_DIR=/nonexistent "$source/record" counts --output "$work"
    expect_output 'record: run kernel_rx: not in /nonexistent/bin*'
    if [[ ! -e /proc/modules ]]; then
        expect 1 env OUT="$work" bash "$source/driver.sh" load eth1
        expect_output '*load: this kernel has no module support*./rxlab vm shell*'
    fi
}

run_claims
